using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The algorithms that sign tokens. The operator chooses the one for access tokens; an id_token uses RS256 unless its client requested the
/// other one (OpenID Connect Registration §2: omitted means RS256, which many libraries require).
/// </summary>
internal sealed class SigningAlgorithms(IOptions<KeyOptions> options)
{
    /// <summary>The default algorithm of id_tokens.</summary>
    public const string Usual = SecurityAlgorithms.RsaSha256;

    // Read at first use, after the settings were validated.
    private readonly Lazy<(string OfAccessTokens, string[] OfIdentityTokens)> _all = new(() => Read(options.Value));

    /// <summary>The algorithm of access tokens.</summary>
    public string OfAccessTokens => _all.Value.OfAccessTokens;

    /// <summary>The algorithms of id_tokens, the default one first. With configured keys, only those that the keys support.</summary>
    public IReadOnlyList<string> OfIdentityTokens => _all.Value.OfIdentityTokens;

    /// <summary>The algorithm by which a client's id_tokens are signed.</summary>
    /// <param name="asked">The algorithm requested by the client or the operator, if any.</param>
    public string For(string? asked) => asked is not null && OfIdentityTokens.Contains(asked) ? asked : OfIdentityTokens[0];

    /// <summary>The requested algorithm to store; nothing if it is the default.</summary>
    public string? Kept(string? asked) => For(asked) is var algorithm && algorithm != OfIdentityTokens[0] ? algorithm : null;

    private static (string, string[]) Read(KeyOptions options)
    {
        string[] own = options.Jwks is { Length: > 0 } jwks
            ? [.. JsonWebKeySetReader.Read(jwks).Select(key => key.Algorithm)]
            : [options.Algorithm, Usual];
        return (own[0], own.Contains(Usual) ? [.. new[] { Usual, own[0] }.Distinct()] : [own[0]]);
    }
}
