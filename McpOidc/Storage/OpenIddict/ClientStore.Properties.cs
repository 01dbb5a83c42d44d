using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using McpOidc.Registration;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <content>Names, types, secrets and redirect URIs: all of them members of the client's metadata.</content>
internal sealed partial class ClientStore
{
    private const string NoAuthentication = "none";

    public ValueTask<string?> GetIdAsync(ClientEntity application, CancellationToken cancellationToken) => new(application.Record.ClientId);

    public ValueTask<string?> GetClientIdAsync(ClientEntity application, CancellationToken cancellationToken) => new(application.Record.ClientId);

    public ValueTask SetClientIdAsync(ClientEntity application, string? identifier, CancellationToken cancellationToken)
        => Set(application, application.Record with { ClientId = identifier ?? "" });

    public ValueTask<string?> GetClientSecretAsync(ClientEntity application, CancellationToken cancellationToken) => new(application.Record.SecretHash);

    public ValueTask SetClientSecretAsync(ClientEntity application, string? secret, CancellationToken cancellationToken)
        => Set(application, application.Record with { SecretHash = secret });

    public ValueTask<string?> GetClientTypeAsync(ClientEntity application, CancellationToken cancellationToken)
        => new(application.Record.IsPublic ? ClientTypes.Public : ClientTypes.Confidential);

    public ValueTask SetClientTypeAsync(ClientEntity application, string? type, CancellationToken cancellationToken) => type switch
    {
        ClientTypes.Public => Set(application, application.Record.Metadata with { TokenEndpointAuthMethod = NoAuthentication }),
        ClientTypes.Confidential when application.Record.IsPublic => Set(application, application.Record.Metadata with
        {
            TokenEndpointAuthMethod = ClientAuthenticationMethods.ClientSecretBasic,
        }),
        // The method says more than the type: one that is already confidential, or stated at all, stays as it is.
        null or "" or ClientTypes.Confidential => ValueTask.CompletedTask,
        _ => throw StoreFaults.NotKept($"the client type '{type}'", "A client is public or confidential."),
    };

    public ValueTask<string?> GetApplicationTypeAsync(ClientEntity application, CancellationToken cancellationToken)
    {
        var metadata = application.Record.Metadata;
        return new(metadata.ApplicationType ?? (IsNative(metadata) ? ApplicationTypes.Native : ApplicationTypes.Web));
    }

    public ValueTask SetApplicationTypeAsync(ClientEntity application, string? type, CancellationToken cancellationToken)
        => Set(application, application.Record.Metadata with { ApplicationType = type });

    // MCP clients register themselves under any name they like: a person decides, every time (architecture: Consent/).
    public ValueTask<string?> GetConsentTypeAsync(ClientEntity application, CancellationToken cancellationToken) => new(ConsentTypes.Explicit);

    public ValueTask SetConsentTypeAsync(ClientEntity application, string? type, CancellationToken cancellationToken)
        => type is null or "" or ConsentTypes.Explicit
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept($"the consent type '{type}'", "Consent is always explicit.");

    public ValueTask<string?> GetDisplayNameAsync(ClientEntity application, CancellationToken cancellationToken)
        => new(application.Record.Metadata.ClientName);

    public ValueTask SetDisplayNameAsync(ClientEntity application, string? name, CancellationToken cancellationToken)
        => Set(application, application.Record.Metadata with { ClientName = name });

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(ClientEntity application, CancellationToken cancellationToken)
        => new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask SetDisplayNamesAsync(ClientEntity application, ImmutableDictionary<CultureInfo, string> names, CancellationToken cancellationToken)
        => names is null or { Count: 0 }
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept("names of a client in several languages", "Set its one client_name.");

    public ValueTask<JsonWebKeySet?> GetJsonWebKeySetAsync(ClientEntity application, CancellationToken cancellationToken)
        => new(application.Record.Metadata.Jwks is { } jwks ? JsonWebKeySet.Create(jwks.GetRawText()) : null);

    public ValueTask SetJsonWebKeySetAsync(ClientEntity application, JsonWebKeySet? set, CancellationToken cancellationToken)
        => Set(application, application.Record.Metadata with
        {
            Jwks = set is null ? null : JsonSerializer.SerializeToElement(set, OpenIddictSerializer.Default.JsonWebKeySet),
        });

    public ValueTask<ImmutableArray<string>> GetRedirectUrisAsync(ClientEntity application, CancellationToken cancellationToken)
        => new([.. application.Record.Metadata.RedirectUris ?? []]);

    public ValueTask SetRedirectUrisAsync(ClientEntity application, ImmutableArray<string> uris, CancellationToken cancellationToken)
        => Set(application, application.Record.Metadata with { RedirectUris = OrNull(uris) });

    public ValueTask<ImmutableArray<string>> GetPostLogoutRedirectUrisAsync(ClientEntity application, CancellationToken cancellationToken)
        => new([.. application.Record.Metadata.PostLogoutRedirectUris ?? []]);

    public ValueTask SetPostLogoutRedirectUrisAsync(ClientEntity application, ImmutableArray<string> uris, CancellationToken cancellationToken)
        => Set(application, application.Record.Metadata with { PostLogoutRedirectUris = OrNull(uris) });

    private static bool IsNative(ClientMetadata metadata)
        => metadata.RedirectUris is { Length: > 0 } uris && uris.All(uri => RedirectUriMatch.IsLoopback(uri) || RedirectUriMatch.IsPrivateScheme(uri));

    private static string[]? OrNull(ImmutableArray<string> values) => values.IsDefaultOrEmpty ? null : [.. values];

    private static ValueTask Set(ClientEntity application, ClientRecord record)
    {
        application.Record = record;
        return ValueTask.CompletedTask;
    }

    private static ValueTask Set(ClientEntity application, ClientMetadata metadata)
        => Set(application, application.Record with { Metadata = metadata, MetadataHash = HashOf(metadata) });
}
