using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpOidc.Storage;

namespace McpOidc.Registration;

/// <summary>Client metadata (RFC 7591 §2, OpenID Connect Registration §2): the members that this server supports.</summary>
internal sealed record ClientMetadata
{
    [JsonPropertyName("redirect_uris")]
    public string[]? RedirectUris { get; init; }

    [JsonPropertyName("token_endpoint_auth_method")]
    public string? TokenEndpointAuthMethod { get; init; }

    [JsonPropertyName("grant_types")]
    public string[]? GrantTypes { get; init; }

    [JsonPropertyName("response_types")]
    public string[]? ResponseTypes { get; init; }

    [JsonPropertyName("client_name")]
    public string? ClientName { get; init; }

    [JsonPropertyName("client_uri")]
    public string? ClientUri { get; init; }

    [JsonPropertyName("logo_uri")]
    [JsonConverter(typeof(HintConverter))]
    public string? LogoUri { get; init; }

    [JsonPropertyName("scope")]
    [JsonConverter(typeof(HintConverter))]
    public string? Scope { get; init; }

    [JsonPropertyName("contacts")]
    [JsonConverter(typeof(HintsConverter))]
    public string[]? Contacts { get; init; }

    [JsonPropertyName("tos_uri")]
    [JsonConverter(typeof(HintConverter))]
    public string? TosUri { get; init; }

    [JsonPropertyName("policy_uri")]
    [JsonConverter(typeof(HintConverter))]
    public string? PolicyUri { get; init; }

    [JsonPropertyName("jwks_uri")]
    public string? JwksUri { get; init; }

    [JsonPropertyName("jwks")]
    public JsonElement? Jwks { get; init; }

    [JsonPropertyName("software_id")]
    [JsonConverter(typeof(HintConverter))]
    public string? SoftwareId { get; init; }

    [JsonPropertyName("software_version")]
    [JsonConverter(typeof(HintConverter))]
    public string? SoftwareVersion { get; init; }

    [JsonPropertyName("application_type")]
    public string? ApplicationType { get; init; }

    [JsonPropertyName("post_logout_redirect_uris")]
    public string[]? PostLogoutRedirectUris { get; init; }

    /// <summary>The methods of which the client can use any (OpenID Connect Relying Party Metadata Choices 1.0); stored if it may use its
    /// key or not.</summary>
    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    [JsonConverter(typeof(HintsConverter))]
    public string[]? TokenEndpointAuthMethodsSupported { get; init; }

    /// <summary>Absent for RS256 (OpenID Connect Registration §2).</summary>
    [JsonPropertyName("id_token_signed_response_alg")]
    public string? IdTokenSignedResponseAlg { get; init; }

    /// <summary>Whether every token request of the client must have a DPoP proof (RFC 9449 §5.2).</summary>
    [JsonPropertyName("dpop_bound_access_tokens")]
    public bool? DPoPBoundAccessTokens { get; init; }

    /// <summary>Whether every authorization request of the client must be pushed (RFC 9126 §6).</summary>
    [JsonPropertyName("require_pushed_authorization_requests")]
    public bool? RequirePushedAuthorizationRequests { get; init; }

    /// <summary>Whether the client may omit authentication.</summary>
    [JsonIgnore]
    public bool MayBePublic => TokenEndpointAuthMethod is null || Takes("none");

    /// <summary>Whether the client may authenticate with a key.</summary>
    [JsonIgnore]
    public bool HasKeys => Takes("private_key_jwt");

    /// <summary>Whether the client authenticates with a secret.</summary>
    [JsonIgnore]
    public bool NeedsSecret => TokenEndpointAuthMethod is "client_secret_basic" or "client_secret_post";

    private bool Takes(string method) => TokenEndpointAuthMethod == method || TokenEndpointAuthMethodsSupported?.Contains(method) is true;

    /// <summary>Without the members that are empty strings, which clients send that always write every member.</summary>
    public ClientMetadata WithoutBlanks() =>
        this with
        {
            TokenEndpointAuthMethod = NotBlank(TokenEndpointAuthMethod),
            ClientUri = NotBlank(ClientUri),
            JwksUri = NotBlank(JwksUri),
            SoftwareId = NotBlank(SoftwareId),
            SoftwareVersion = NotBlank(SoftwareVersion),
            ApplicationType = NotBlank(ApplicationType),
            IdTokenSignedResponseAlg = NotBlank(IdTokenSignedResponseAlg),
        };

    private static string? NotBlank(string? value) => string.IsNullOrEmpty(value) ? null : value;

    /// <summary>Changes with every change of the metadata, so that consent to earlier metadata no longer counts.</summary>
    public string Hash() =>
        Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, ServerJson.Default.ClientMetadata)));
}
