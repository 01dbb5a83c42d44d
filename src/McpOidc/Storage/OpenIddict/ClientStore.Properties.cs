using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using McpOidc.Registration;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <content>
/// OpenIddict's view of a client: its metadata, and its permissions, which follow from the metadata, so that there is no permission that
/// the metadata do not show.
/// </content>
internal sealed partial class ClientStore
{
    private static readonly string[] s_defaultGrantTypes = [GrantTypes.AuthorizationCode, GrantTypes.RefreshToken];

    public ValueTask<string?> GetIdAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.Id);

    public ValueTask<string?> GetClientIdAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.ClientId);

    public ValueTask<string?> GetClientSecretAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(application.SecretHash);

    public ValueTask<string?> GetClientTypeAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(application.IsPublic ? ClientTypes.Public : ClientTypes.Confidential);

    public ValueTask<string?> GetApplicationTypeAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(application.Metadata.ApplicationType ?? (IsNative(application.Metadata) ? ApplicationTypes.Native : ApplicationTypes.Web));

    // MCP clients register themselves with any name: the user decides each time (architecture: Consent/).
    public ValueTask<string?> GetConsentTypeAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(ConsentTypes.Explicit);

    public ValueTask<string?> GetDisplayNameAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(application.Metadata.ClientName);

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(
        ClientRecord application,
        CancellationToken cancellationToken
    ) => new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask<JsonWebKeySet?> GetJsonWebKeySetAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(application.Metadata.Jwks is { } jwks ? JsonWebKeySet.Create(jwks.GetRawText()) : null);

    public ValueTask<ImmutableArray<string>> GetRedirectUrisAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new([.. application.Metadata.RedirectUris ?? []]);

    public ValueTask<ImmutableArray<string>> GetPostLogoutRedirectUrisAsync(
        ClientRecord application,
        CancellationToken cancellationToken
    ) => new([.. application.Metadata.PostLogoutRedirectUris ?? []]);

    public ValueTask<ImmutableArray<string>> GetPermissionsAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new([.. PermissionsOf(application)]);

    public ValueTask<ImmutableArray<string>> GetRequirementsAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new([Requirements.Features.ProofKeyForCodeExchange]);

    public ValueTask<ImmutableDictionary<string, string>> GetSettingsAsync(ClientRecord application, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<string, string>.Empty);

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(
        ClientRecord application,
        CancellationToken cancellationToken
    ) => new(ImmutableDictionary<string, JsonElement>.Empty);

    private static bool IsNative(ClientMetadata metadata) =>
        metadata.RedirectUris is { Length: > 0 } uris
        && uris.All(uri => RedirectUri.Read(uri)?.Kind is RedirectUriKind.Loopback or RedirectUriKind.PrivateScheme);

    private IEnumerable<string> PermissionsOf(ClientRecord client)
    {
        yield return Permissions.Endpoints.Authorization;
        yield return Permissions.Endpoints.Token;
        yield return Permissions.Endpoints.Revocation;
        yield return Permissions.Endpoints.EndSession;
        yield return Permissions.Endpoints.PushedAuthorization;
        yield return Permissions.Endpoints.DeviceAuthorization;
        yield return Permissions.ResponseTypes.Code;

        // Only clients that authenticate may introspect tokens (RFC 7662 §2.1).
        if (!client.IsPublic)
        {
            yield return Permissions.Endpoints.Introspection;
        }

        // What was registered while the setting was another is not for good.
        foreach (
            var grantType in (client.Metadata.GrantTypes ?? s_defaultGrantTypes).Where(type =>
                type != GrantTypes.DeviceCode || client.IsConfigured || devices?.Value.SelfRegisteredClients == true
            )
        )
        {
            yield return Permissions.Prefixes.GrantType + grantType;
        }
    }
}
