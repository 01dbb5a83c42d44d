using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>
/// A provider's discovery document (OpenID Connect Discovery §3) with its keys. Only needed members are read: others may have any type,
/// and an error names a needed one that is unusable.
/// </summary>
/// <param name="Issuer">Byte for byte as in tokens.</param>
/// <param name="Keys">The keys that may verify signatures.</param>
internal sealed record ProviderDocument(string Issuer, IReadOnlyList<JsonWebKey> Keys)
{
    private const string WellKnown = "/.well-known/openid-configuration";
    private readonly JsonObject _members = [];
    private readonly bool _allowsHttp;

    public string AuthorizationEndpoint => Needed("authorization_endpoint");

    public string TokenEndpoint => Needed("token_endpoint");

    /// <summary>The client authentication methods of the token endpoint; <see langword="null"/> if not listed.</summary>
    public IReadOnlyList<string>? AuthenticationMethods => TextsOf("token_endpoint_auth_methods_supported");

    /// <summary>The algorithms for client assertions.</summary>
    public IReadOnlyList<string> AssertionAlgorithms => TextsOf("token_endpoint_auth_signing_alg_values_supported") ?? [];

    public string PushedAuthorizationEndpoint => Needed("pushed_authorization_request_endpoint");

    /// <summary>Whether it requires pushed authorization requests (RFC 9126 §5).</summary>
    public bool RequiresPushedRequests =>
        _members["require_pushed_authorization_requests"] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    /// <summary>Whether each of its authorization responses names it (RFC 9207 §3).</summary>
    public bool NamesItself =>
        _members["authorization_response_iss_parameter_supported"] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    /// <summary>Its sign-out URL (OpenID Connect RP-Initiated Logout 1.0 §2.1).</summary>
    public string? EndSessionEndpoint => UrlOf("end_session_endpoint");

    public string? UserInfoEndpoint => UrlOf("userinfo_endpoint");

    /// <param name="get">Fetches.</param>
    /// <param name="issuer">The configured issuer; one with the path of the discovery document is accepted too.</param>
    /// <param name="validateIssuerName">Whether the document must name the same one.</param>
    /// <param name="allowsHttp">Whether its URLs may be without TLS. Otherwise those are unusable: secrets and tokens are sent
    /// there.</param>
    /// <param name="address">The URL of the document, if not below the issuer.</param>
    /// <exception cref="IdentityProviderException">It is unavailable or unusable.</exception>
    public static async Task<ProviderDocument> FetchAsync(
        Func<string, Task<ProviderAnswer>> get,
        string issuer,
        bool validateIssuerName,
        bool allowsHttp = false,
        string? address = null
    )
    {
        var configured = IssuerOf(issuer);
        var where = address is { Length: > 0 } ? address : AddressFor(issuer);
        var members = await ReadAsync(get, where, "discovery document", "discovery");
        if (members.TextOf("issuer") is not { } published)
        {
            throw Unusable("no issuer", "discovery_issuer");
        }

        if (validateIssuerName && published.TrimEnd('/') != configured)
        {
            throw Unusable("a different issuer than the settings", "discovery_issuer");
        }

        var document = new ProviderDocument(published, [], members, allowsHttp);
        return (await ReadAsync(get, document.Needed("jwks_uri"), "key set", "keys"))["keys"] is JsonArray keys
            ? document with
            {
                Keys = ProviderKeys.Read(keys),
            }
            : throw new IdentityProviderException("The key set of the identity provider has no keys: keys_unusable.")
            {
                Failure = IdentityProviderFailure.Misconfigured,
                Cause = new IdentityProviderCause("keys_unusable"),
            };
    }

    /// <summary>The equivalent from the settings, for a provider that publishes nothing.</summary>
    public static ProviderDocument FromSettings(IdentityProviderOptions options) =>
        new(
            options.Issuer,
            [],
            new JsonObject
            {
                ["authorization_endpoint"] = options.OAuth.AuthorizationEndpoint,
                ["token_endpoint"] = options.OAuth.TokenEndpoint,
            },
            options.AllowHttp
        );

    /// <summary>The configured issuer without a trailing slash, and without the path of the document, which is often copied with
    /// it.</summary>
    public static string IssuerOf(string configured) =>
        (configured.EndsWith(WellKnown, StringComparison.Ordinal) ? configured[..^WellKnown.Length] : configured).TrimEnd('/');

    /// <summary>The URL of the document.</summary>
    public static string AddressFor(string configured) => IssuerOf(configured) + WellKnown;

    private ProviderDocument(string issuer, IReadOnlyList<JsonWebKey> keys, JsonObject members, bool allowsHttp)
        : this(issuer, keys) => (_members, _allowsHttp) = (members, allowsHttp);

    private static async Task<JsonObject> ReadAsync(Func<string, Task<ProviderAnswer>> get, string url, string what, string name)
    {
        var answer = await get(url);
        if (answer.IsSuccess && answer.ReadObject() is { } json)
        {
            return json;
        }

        var cause = answer.ToCause(name + (answer.IsSuccess ? "_no_json" : $"_http_{answer.Status}"));
        throw new IdentityProviderException($"The identity provider's {what} is unavailable: {cause}.")
        {
            Failure = answer.Status is 408 or 425 or 429 or >= 500 ? IdentityProviderFailure.Away : IdentityProviderFailure.Misconfigured,
            Cause = cause,
            RetryAfter = answer.RetryAfter,
        };
    }

    private string Needed(string member) => UrlOf(member) ?? throw Unusable($"no usable {member}", "discovery_" + member);

    private string[]? TextsOf(string member) =>
        _members[member] is JsonArray values
            ? [.. values.OfType<JsonValue>().Where(value => value.GetValueKind() == JsonValueKind.String).Select(value => value.ToString())]
            : null;

    private string? UrlOf(string member) =>
        _members.TextOf(member) is { } text && UrlRules.IsSecureOrLoopback(text, _allowsHttp) ? text : null;

    private static IdentityProviderException Unusable(string what, string cause) =>
        new($"The identity provider's discovery document has {what}: {cause}.")
        {
            Failure = IdentityProviderFailure.Misconfigured,
            Cause = new IdentityProviderCause(cause),
        };
}
