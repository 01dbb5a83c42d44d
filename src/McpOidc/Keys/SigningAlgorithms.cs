using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// By which algorithms tokens are signed. That of access tokens is the operator's choice; an id_token has RS256 unless its client asked for
/// that one (OpenID Connect Registration §2: omitted means RS256, and many libraries take nothing else).
/// </summary>
internal sealed class SigningAlgorithms(IOptions<KeyOptions> options)
{
    /// <summary>What an id_token is signed by where its client says nothing.</summary>
    public const string Usual = SecurityAlgorithms.RsaSha256;

    // Read when it is first needed: the settings were checked by then.
    private readonly Lazy<(string OfAccessTokens, string[] OfIdentityTokens)> _all = new(() => Read(options.Value));

    /// <summary>That of access tokens.</summary>
    public string OfAccessTokens => _all.Value.OfAccessTokens;

    /// <summary>Those of id_tokens, the usual one first. Configured keys are the operator's: where none of them is for RS256, there is no
    /// such id_token.</summary>
    public IReadOnlyList<string> OfIdentityTokens => _all.Value.OfIdentityTokens;

    /// <summary>The algorithm by which a client's id_tokens are signed.</summary>
    /// <param name="asked">What the client or the operator asked for, if anything.</param>
    public string For(string? asked) => asked is not null && OfIdentityTokens.Contains(asked) ? asked : OfIdentityTokens[0];

    /// <summary>What has to be kept of what a client asked for: nothing of what it has anyway.</summary>
    public string? Kept(string? asked) => For(asked) is var algorithm && algorithm != OfIdentityTokens[0] ? algorithm : null;

    private static (string, string[]) Read(KeyOptions options)
    {
        string[] own = options.Jwks is { Length: > 0 } jwks
            ? [.. JsonWebKeySetReader.Read(jwks).Select(key => key.Algorithm)]
            : [options.Algorithm, Usual];
        return (own[0], own.Contains(Usual) ? [.. new[] { Usual, own[0] }.Distinct()] : [own[0]]);
    }
}
