using System.Text.Json;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Validates a client's metadata: checks every member and fills in the defaults (RFC 7591 §2).</summary>
internal sealed class ClientMetadataValidator(
    RedirectUriPolicy redirectUris,
    SigningAlgorithms algorithms,
    IOptions<DeviceAuthorizationOptions> devices
)
{
    private const int MaximumTextLength = 512;
    private const int MaximumContacts = 20;
    private static readonly string[] s_grantTypes = ["authorization_code", "refresh_token"];
    private static readonly string[] s_authMethods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

    /// <summary>Validates a metadata document. Only the redirect URI in use is checked against the operator's rules.</summary>
    public (ClientMetadata? Metadata, RegistrationError? Error) Validate(ClientMetadata sent) =>
        Check(sent) is { } error ? (null, error) : (Complete(sent), null);

    /// <summary>Validates a registration, whose response contains what will be used (RFC 7591 §3.2.1): redirect URIs that are not allowed
    /// here are dropped.</summary>
    public (ClientMetadata? Metadata, RegistrationError? Error) ValidateRegistration(ClientMetadata sent)
    {
        sent = Choose(sent);
        if ((Check(sent) ?? CheckAlgorithm(sent)) is { } error)
        {
            return (null, error);
        }

        var kept = sent with
        {
            RedirectUris = [.. (sent.RedirectUris ?? []).Where(redirectUris.Allows)],
            PostLogoutRedirectUris = sent.PostLogoutRedirectUris?.Where(redirectUris.Allows).ToArray(),
        };
        return kept.RedirectUris.Length == 0 && !IsDeviceOnly(sent)
            ? (null, RegistrationError.InvalidRedirectUri($"redirect_uris[0] {RedirectUriPolicy.UnknownScheme}"))
            : (Complete(kept), null);
    }

    /// <summary>A registration with the client's authentication method.</summary>
    public static ClientMetadata Choose(ClientMetadata sent) => AuthenticationChoice.Choose(sent, s_authMethods);

    private string[] GrantTypes => devices.Value.SelfRegisteredClients ? [.. s_grantTypes, StaticClients.DeviceCode] : s_grantTypes;

    // The device grant uses no redirect URI and no authorization code (RFC 8628).
    private bool IsDeviceOnly(ClientMetadata sent) =>
        devices.Value.SelfRegisteredClients
        && sent.GrantTypes?.Contains(StaticClients.DeviceCode) == true
        && !sent.GrantTypes.Contains(StaticClients.AuthorizationCode);

    private RegistrationError? Check(ClientMetadata sent) =>
        CheckRedirectUris(sent) ?? CheckGrants(sent) ?? CheckAuthentication(sent) ?? CheckName(sent) ?? CheckHomePage(sent);

    private RegistrationError? CheckRedirectUris(ClientMetadata sent)
    {
        var uris = sent.RedirectUris ?? [];
        if (uris.Length == 0 && !IsDeviceOnly(sent))
        {
            return RegistrationError.InvalidRedirectUri("redirect_uris is required and must name at least one URI");
        }

        if (uris.Length > RedirectUriPolicy.MaximumCount)
        {
            return RegistrationError.InvalidRedirectUri($"redirect_uris has more than {RedirectUriPolicy.MaximumCount} URIs");
        }

        if (sent.ApplicationType is not (null or "web" or "native"))
        {
            return RegistrationError.InvalidMetadata("application_type must be 'web' or 'native'");
        }

        return CheckEach("redirect_uris", uris) ?? CheckEach("post_logout_redirect_uris", sent.PostLogoutRedirectUris ?? []);
    }

    private static RegistrationError? CheckEach(string member, string[] uris)
    {
        for (var i = 0; i < uris.Length; i++)
        {
            if (RedirectUri.Read(uris[i], out var problem) is null)
            {
                return RegistrationError.InvalidRedirectUri($"{member}[{i}] {problem}");
            }
        }

        return null;
    }

    private RegistrationError? CheckGrants(ClientMetadata sent)
    {
        if (sent.GrantTypes is { Length: > 0 } && !sent.GrantTypes.Contains("authorization_code") && !IsDeviceOnly(sent))
        {
            return RegistrationError.InvalidMetadata("grant_types must contain authorization_code");
        }

        return sent.ResponseTypes?.FirstOrDefault(type => type != "code") is { } responseType
            ? RegistrationError.InvalidMetadata($"response_types contains '{Ascii(responseType)}'; only 'code' is supported (OAuth 2.1)")
            : null;
    }

    private static RegistrationError? CheckAuthentication(ClientMetadata sent)
    {
        if (sent.TokenEndpointAuthMethod is { } method && !s_authMethods.Contains(method))
        {
            return RegistrationError.InvalidMetadata(
                $"token_endpoint_auth_method is '{Ascii(method)}'; supported are {string.Join(", ", s_authMethods)}"
            );
        }

        return sent.HasKeys ? CheckKeys(sent.Jwks) : null;
    }

    private static RegistrationError? CheckKeys(JsonElement? jwks)
    {
        var text = jwks?.GetRawText();
        return PublicKeySet.Read(text) is not { Count: > 0 } keys
                ? RegistrationError.InvalidMetadata("jwks is required with private_key_jwt and must contain a key")
            : keys.Count > PublicKeySet.MaximumKeys
                ? RegistrationError.InvalidMetadata($"jwks contains more than {PublicKeySet.MaximumKeys} keys")
            : keys.Any(PrivateParts.HasPrivatePart) ? RegistrationError.InvalidMetadata("jwks must contain public keys only")
            : PublicKeySet.Usable(text).Count == 0
                ? RegistrationError.InvalidMetadata("jwks contains no RSA or elliptic curve key that can verify signatures")
            : null;
    }

    private RegistrationError? CheckAlgorithm(ClientMetadata sent) =>
        sent.IdTokenSignedResponseAlg is { } algorithm && !algorithms.OfIdentityTokens.Contains(algorithm)
            ? RegistrationError.InvalidMetadata(
                $"id_token_signed_response_alg is '{Ascii(algorithm)}'; supported are {string.Join(", ", algorithms.OfIdentityTokens)}"
            )
            : null;

    private static RegistrationError? CheckName(ClientMetadata sent) =>
        sent.ClientName?.Length > MaximumTextLength
            ? RegistrationError.InvalidMetadata($"client_name is longer than {MaximumTextLength} characters")
            : null;

    private static RegistrationError? CheckHomePage(ClientMetadata sent) =>
        sent.ClientUri is null || UrlRules.TryRead(sent.ClientUri, out _)
            ? null
            : RegistrationError.InvalidMetadata("client_uri must be an https URL");

    private static bool IsLink(string? value) => value?.Length <= RedirectUri.MaximumLength && UrlRules.IsSecureOrLoopback(value);

    // The consent page links to these if they are https; an invalid URL is dropped.
    private static string? Link(string? value) => IsLink(value) ? value : null;

    private static string? Short(string? value) => value?.Length <= MaximumTextLength ? value : null;

    private ClientMetadata Complete(ClientMetadata sent) =>
        sent with
        {
            ApplicationType = TypeOf(sent),
            // A client that lists no grant types gets both: without a refresh token its user would sign in every quarter of an hour.
            // Self-registration allows only these two, and the device grant if the operator enabled it. Others are dropped, and the
            // response shows that (RFC 7591 §3.2.1). VS Code requests the device grant.
            GrantTypes = sent.GrantTypes is { Length: > 0 } grants ? [.. grants.Intersect(GrantTypes)] : s_grantTypes,
            ResponseTypes = ["code"],
            TokenEndpointAuthMethod = sent.TokenEndpointAuthMethod ?? "client_secret_basic",
            // A hint, not a limit: scopes are decided at each request, and tools may add new ones later. SDKs send all scopes in the
            // metadata, so a long value is truncated rather than rejected.
            Scope = ScopeText.Cut((sent.Scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), MaximumTextLength)
                is { Length: > 0 } kept
                ? string.Join(' ', kept)
                : null,
            Jwks = sent.HasKeys ? PublicKeySet.Write(PublicKeySet.Usable(sent.Jwks?.GetRawText())) : null,
            ClientName = string.IsNullOrWhiteSpace(sent.ClientName) ? null : sent.ClientName.Trim(),
            // Nothing uses these: what is too long is dropped.
            SoftwareId = Short(sent.SoftwareId),
            SoftwareVersion = Short(sent.SoftwareVersion),
            Contacts = sent.Contacts?.Where(contact => Short(contact) is not null).Take(MaximumContacts).ToArray(),
            ClientUri = Link(sent.ClientUri),
            LogoUri = Link(sent.LogoUri),
            TosUri = Link(sent.TosUri),
            PolicyUri = Link(sent.PolicyUri),
            IdTokenSignedResponseAlg = algorithms.Kept(sent.IdTokenSignedResponseAlg),
            // Stored only if requested.
            DPoPBoundAccessTokens = sent.DPoPBoundAccessTokens is true ? true : null,
            RequirePushedAuthorizationRequests = sent.RequirePushedAuthorizationRequests is true ? true : null,
        };

    // OpenID Connect Registration's default is "web", which would reject the loopback URIs of clients that send none (mcporter, OpenCode).
    // Cursor sends "web" with a cursor:// URI (better-auth#10946), oidc-agent with http://localhost.
    private static string TypeOf(ClientMetadata sent) =>
        !(sent.RedirectUris ?? []).All(uri => RedirectUri.Read(uri)?.Kind == RedirectUriKind.Https)
            ? "native"
            : sent.ApplicationType ?? "web";

    private static string Ascii(string value) =>
        new([.. value.Take(64).Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c : '?')]);
}
