using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using McpOidc.Registration;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <content>What a client may do. It follows from its metadata, so that nothing can be granted that the metadata does not show.</content>
internal sealed partial class ClientStore
{
    private static readonly string[] DefaultGrantTypes = [GrantTypes.AuthorizationCode, GrantTypes.RefreshToken];

    public ValueTask<ImmutableArray<string>> GetPermissionsAsync(ClientEntity application, CancellationToken cancellationToken)
        => new([.. PermissionsOf(application.Record.Metadata, application.Record.IsPublic)]);

    /// <summary>Takes over the grant types; every other permission has to be what the metadata gives anyway.</summary>
    public ValueTask SetPermissionsAsync(ClientEntity application, ImmutableArray<string> permissions, CancellationToken cancellationToken)
    {
        if (permissions.IsDefaultOrEmpty)
        {
            return ValueTask.CompletedTask;
        }

        var grantTypes = permissions.Where(IsGrantType).Select(permission => permission[Permissions.Prefixes.GrantType.Length..]).ToHashSet();
        var metadata = application.Record.Metadata;
        if (!grantTypes.SetEquals(GrantTypesOf(metadata)))
        {
            metadata = metadata with { GrantTypes = [.. grantTypes] };
        }

        // Fewer than these cannot be kept either: the client would silently get the rest.
        return permissions.ToHashSet().SetEquals(PermissionsOf(metadata, application.Record.IsPublic))
            ? Set(application, metadata)
            : throw StoreFaults.NotKept("permissions of a client", "They follow from its metadata: set grant_types and token_endpoint_auth_method.");
    }

    public ValueTask<ImmutableArray<string>> GetRequirementsAsync(ClientEntity application, CancellationToken cancellationToken)
        => new([Requirements.Features.ProofKeyForCodeExchange]);

    // PKCE is required whether or not it is asked for.
    public ValueTask SetRequirementsAsync(ClientEntity application, ImmutableArray<string> requirements, CancellationToken cancellationToken)
        => requirements.IsDefault || requirements.All(requirement => requirement == Requirements.Features.ProofKeyForCodeExchange)
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept("requirements of one client", "Require it of all of them in the options.");

    public ValueTask<ImmutableDictionary<string, string>> GetSettingsAsync(ClientEntity application, CancellationToken cancellationToken)
        => new(ImmutableDictionary<string, string>.Empty);

    public ValueTask SetSettingsAsync(ClientEntity application, ImmutableDictionary<string, string> settings, CancellationToken cancellationToken)
        => settings is null or { Count: 0 }
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept("settings of one client", "Lifetimes are set in the options.");

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(ClientEntity application, CancellationToken cancellationToken)
        => new(ImmutableDictionary<string, JsonElement>.Empty);

    public ValueTask SetPropertiesAsync(ClientEntity application, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
        => properties is null or { Count: 0 }
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept("properties of a client", "What a client says of itself is its metadata.");

    /// <summary>Changes with every word of the metadata, so that a consent given to other words no longer counts.</summary>
    internal static string HashOf(ClientMetadata metadata)
        => Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(metadata, StoreJson.Default.ClientMetadata)));

    private static IEnumerable<string> PermissionsOf(ClientMetadata metadata, bool isPublic)
    {
        yield return Permissions.Endpoints.Authorization;
        yield return Permissions.Endpoints.Token;
        yield return Permissions.Endpoints.Revocation;
        yield return Permissions.Endpoints.EndSession;
        yield return Permissions.Endpoints.PushedAuthorization;
        yield return Permissions.ResponseTypes.Code;

        // Whoever may ask about tokens has to prove who it is (RFC 7662 §2.1).
        if (!isPublic)
        {
            yield return Permissions.Endpoints.Introspection;
        }

        foreach (var grantType in GrantTypesOf(metadata))
        {
            yield return Permissions.Prefixes.GrantType + grantType;
        }
    }

    private static string[] GrantTypesOf(ClientMetadata metadata) => metadata.GrantTypes ?? DefaultGrantTypes;

    private static bool IsGrantType(string permission) => permission.StartsWith(Permissions.Prefixes.GrantType, StringComparison.Ordinal);
}
