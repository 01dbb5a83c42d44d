using System.Text.Json;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Registration;

/// <summary>Turns what a client sent into the metadata it is registered with: checks every member and fills in the defaults (RFC 7591
/// §2).</summary>
internal sealed class ClientMetadataValidator(RedirectUriPolicy redirectUris)
{
    private const int MaximumTextLength = 512;
    private static readonly string[] s_grantTypes = ["authorization_code", "refresh_token"];
    private static readonly string[] s_authMethods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

    public (ClientMetadata? Metadata, RegistrationError? Error) Validate(ClientMetadata sent)
    {
        sent = sent with { ApplicationType = TypeOf(sent) };
        var error = CheckRedirectUris(sent) ?? CheckGrants(sent) ?? CheckAuthentication(sent) ?? CheckTexts(sent) ?? CheckLinks(sent);
        return error is null ? (Complete(sent), null) : (null, error);
    }

    // Cursor says "web" of a registration with cursor:// in it (better-auth#10946); which schemes that can be is decided URI by URI.
    private static string? TypeOf(ClientMetadata sent) =>
        sent.ApplicationType == "web" && sent.RedirectUris?.Any(uri => RedirectUri.Read(uri)?.Kind == RedirectUriKind.PrivateScheme) is true
            ? "native"
            : sent.ApplicationType;

    private RegistrationError? CheckRedirectUris(ClientMetadata sent)
    {
        if (sent.RedirectUris is not { Length: > 0 } uris)
        {
            return RegistrationError.InvalidRedirectUri("redirect_uris is required and must name at least one URI");
        }

        if (uris.Length > RedirectUriPolicy.MaximumCount)
        {
            return RegistrationError.InvalidRedirectUri($"redirect_uris names more than {RedirectUriPolicy.MaximumCount} URIs");
        }

        if (sent.ApplicationType is not (null or "web" or "native"))
        {
            return RegistrationError.InvalidMetadata("application_type must be 'web' or 'native'");
        }

        return CheckEach("redirect_uris", uris, sent.ApplicationType)
            ?? CheckEach("post_logout_redirect_uris", sent.PostLogoutRedirectUris ?? [], sent.ApplicationType);
    }

    private RegistrationError? CheckEach(string member, string[] uris, string? applicationType)
    {
        for (var i = 0; i < uris.Length; i++)
        {
            if (redirectUris.FindProblem(uris[i], applicationType) is { } problem)
            {
                return RegistrationError.InvalidRedirectUri($"{member}[{i}] {problem}");
            }
        }

        return null;
    }

    private static RegistrationError? CheckGrants(ClientMetadata sent)
    {
        if (sent.GrantTypes is { Length: > 0 } && !sent.GrantTypes.Contains("authorization_code"))
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

        if (sent.JwksUri is not null)
        {
            return RegistrationError.InvalidMetadata("jwks_uri is not supported; send the keys as jwks");
        }

        return sent.TokenEndpointAuthMethod == "private_key_jwt" ? CheckKeys(sent.Jwks) : null;
    }

    private static RegistrationError? CheckKeys(JsonElement? jwks) =>
        PublicKeySet.Read(jwks is { ValueKind: JsonValueKind.Object } value ? value.GetRawText() : null) is not { Count: > 0 } keys
            ? RegistrationError.InvalidMetadata("jwks is required with private_key_jwt and must contain a key")
        : keys.Count > PublicKeySet.MaximumKeys
            ? RegistrationError.InvalidMetadata($"jwks contains more than {PublicKeySet.MaximumKeys} keys")
        : keys.Any(key => key.HasPrivatePart() || key.Kty == JsonWebAlgorithmsKeyTypes.Octet)
            ? RegistrationError.InvalidMetadata("jwks must contain public keys only")
        : null;

    private static RegistrationError? CheckTexts(ClientMetadata sent)
    {
        (string Member, string? Value)[] texts =
        [
            ("client_name", sent.ClientName),
            ("software_id", sent.SoftwareId),
            ("software_version", sent.SoftwareVersion),
        ];
        return texts.FirstOrDefault(text => text.Value?.Length > MaximumTextLength) is { Member: { } member }
                ? RegistrationError.InvalidMetadata($"{member} is longer than {MaximumTextLength} characters")
            : sent.Contacts?.Length > 20 || sent.Contacts?.Any(contact => contact is null || contact.Length > MaximumTextLength) == true
                ? RegistrationError.InvalidMetadata("contacts names more than 20 or too long addresses")
            : null;
    }

    private static RegistrationError? CheckLinks(ClientMetadata sent)
    {
        (string Member, string? Value)[] links =
        [
            ("client_uri", sent.ClientUri),
            ("logo_uri", sent.LogoUri),
            ("tos_uri", sent.TosUri),
            ("policy_uri", sent.PolicyUri),
        ];
        foreach (var (member, value) in links)
        {
            if (!string.IsNullOrEmpty(value) && (value.Length > RedirectUri.MaximumLength || !UrlRules.IsSecureOrLoopback(value)))
            {
                return RegistrationError.InvalidMetadata($"{member} must be an https URL");
            }
        }

        return null;
    }

    private static ClientMetadata Complete(ClientMetadata sent) =>
        sent with
        {
            // OpenID Connect Registration's default is "web", which would refuse the loopback URIs of clients that send none (mcporter,
            // OpenCode).
            ApplicationType =
                sent.ApplicationType
                ?? (sent.RedirectUris!.All(uri => RedirectUri.Read(uri)?.Kind == RedirectUriKind.Https) ? "web" : "native"),
            // A client that names no grant types is given both: without a refresh token its user would sign in every quarter of an hour.
            // Self-service never opens more than these two: others are left out, and the answer says so (RFC 7591 §3.2.1).
            // VS Code asks for the device grant.
            GrantTypes = sent.GrantTypes is { Length: > 0 } grants ? [.. grants.Intersect(s_grantTypes)] : s_grantTypes,
            ResponseTypes = ["code"],
            TokenEndpointAuthMethod = sent.TokenEndpointAuthMethod ?? "client_secret_basic",
            // A hint and no limit: what can be granted is decided when it is asked for, and tools may bring new scopes later. SDKs send all
            // that the metadata name, so that one that is long is cut and not refused.
            Scope = ScopeText.Cut((sent.Scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), MaximumTextLength)
                is { Length: > 0 } kept
                ? string.Join(' ', kept)
                : null,
            Jwks =
                sent.TokenEndpointAuthMethod == "private_key_jwt" && PublicKeySet.Read(sent.Jwks?.GetRawText()) is { } keys
                    ? PublicKeySet.Write(keys)
                    : null,
            ClientName = string.IsNullOrWhiteSpace(sent.ClientName) ? null : sent.ClientName.Trim(),
        };

    private static string Ascii(string value) =>
        new([.. value.Take(64).Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c : '?')]);
}
