using System.Buffers.Text;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>The pre-registered clients. They are never written to the store, and only the operator can change them.</summary>
internal sealed class StaticClients(IOptions<McpOidcOptions> options, KnownResources resources)
{
    public const string AuthorizationCode = "authorization_code";
    public const string RefreshToken = "refresh_token";
    public const string ClientCredentials = "client_credentials";
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    private readonly Dictionary<string, (ClientRecord Record, ClientOptions Options)> _clients = options.Value.Clients.ToDictionary(
        client => client.Id,
        client => (ToRecord(client), client),
        StringComparer.Ordinal
    );

    public IEnumerable<ClientRecord> All => _clients.Values.Select(client => client.Record);

    public ClientRecord? Find(string clientId) => _clients.TryGetValue(clientId, out var client) ? client.Record : null;

    /// <summary>The operator's settings of a client; <see langword="null"/> for one that registered itself.</summary>
    public ClientOptions? OptionsOf(string? clientId) =>
        clientId is not null && _clients.TryGetValue(clientId, out var client) ? client.Options : null;

    /// <summary>Whether any client may use a grant type; an unused one is not offered.</summary>
    public bool AnyMay(string grantType) => _clients.Values.Any(client => client.Options.GrantTypes.Contains(grantType));

    /// <summary>The resource for which a client may get a token without a user's consent.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="requested">The requested resource; <see langword="null"/> for the only one.</param>
    public RequestedResource? FindResource(string? clientId, string? requested)
    {
        string[] allowed =
            OptionsOf(clientId) is not { } client ? []
            : client.Resources.Count > 0 ? [.. client.Resources]
            : resources.Only is { } single ? [single.Uri]
            : [];
        return requested is null
            ? allowed is [var only]
                ? RequestedResource.Find(only, resources)
                : null
            : allowed.Any(resource => CanonicalResource.AreSame(resource, requested))
                ? RequestedResource.Find(requested, resources)
                : null;
    }

    private static ClientRecord ToRecord(ClientOptions client)
    {
        var metadata = new ClientMetadata
        {
            ClientName = client.Name ?? client.Id,
            RedirectUris = [.. client.RedirectUris],
            PostLogoutRedirectUris = client.PostLogoutRedirectUris.Count > 0 ? [.. client.PostLogoutRedirectUris] : null,
            GrantTypes = [.. client.GrantTypes],
            TokenEndpointAuthMethod =
                client.SecretHash is not null ? "client_secret_basic"
                : client.Jwks is not null ? "private_key_jwt"
                : "none",
            Jwks = client.Jwks is null ? null : PublicKeySet.Write(PublicKeySet.Usable(client.Jwks)),
            IdTokenSignedResponseAlg = client.IdTokenSignedResponseAlg,
            DPoPBoundAccessTokens = client.DPoPBoundAccessTokens ? true : null,
            RequirePushedAuthorizationRequests = client.RequirePushedAuthorizationRequests ? true : null,
        };
        return new ClientRecord
        {
            ClientId = client.Id,
            Metadata = metadata,
            MetadataHash = metadata.Hash(),
            SecretHash = client.SecretHash is null ? null : Base64Url.EncodeToString(Convert.FromHexString(client.SecretHash)),
            ExpiresAt = DateTimeOffset.MaxValue,
        };
    }
}
