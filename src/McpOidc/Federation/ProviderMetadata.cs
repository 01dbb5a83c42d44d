using Duende.IdentityModel.Client;
using Duende.IdentityModel.OidcClient;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>The provider's discovery document and keys, fetched once for all sign-ins, and again when old or when a key is
/// unknown.</summary>
internal sealed class ProviderMetadata(IHttpClientFactory clients, IOptions<IdentityProviderOptions> options, TimeProvider clock)
{
    public const string HttpClientName = "McpOidc.Federation";
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_cooldown = TimeSpan.FromSeconds(30);
    private readonly FetchedMetadata<ProviderInformation> _fetched = new(
        issuer => FetchAsync(clients, issuer, options.Value.IsMultiTenant),
        clock
    );

    public ValueTask<ProviderInformation> GetAsync(CancellationToken cancellationToken) =>
        _fetched.GetAsync(options.Value.Issuer, s_lifetime, cancellationToken);

    /// <summary>Fetches again because a signature named an unknown key, but not more often than every half minute.</summary>
    public ValueTask<ProviderInformation> RefreshAsync(CancellationToken cancellationToken) =>
        _fetched.GetAsync(options.Value.Issuer, s_cooldown, cancellationToken);

    private static async Task<ProviderInformation> FetchAsync(IHttpClientFactory clients, string issuer, bool isMultiTenant)
    {
        using var client = clients.CreateClient(HttpClientName);
        // Entra ID's discovery document for many tenants names a template in place of an issuer.
        return ToInformation(await DiscoveryDocument.ReadAsync(client, issuer, validateIssuerName: !isMultiTenant));
    }

    private static ProviderInformation ToInformation(DiscoveryDocumentResponse document) =>
        new()
        {
            IssuerName = document.Issuer ?? throw Incomplete("issuer"),
            KeySet = document.KeySet ?? throw Incomplete("jwks_uri"),
            AuthorizeEndpoint = document.AuthorizeEndpoint ?? throw Incomplete("authorization_endpoint"),
            TokenEndpoint = document.TokenEndpoint ?? throw Incomplete("token_endpoint"),
            EndSessionEndpoint = document.EndSessionEndpoint,
            UserInfoEndpoint = document.UserInfoEndpoint,
            TokenEndPointAuthenticationMethods = document.TokenEndpointAuthenticationMethodsSupported,
        };

    private static IdentityProviderException Incomplete(string member) =>
        new($"The discovery document of the identity provider has no {member}.");
}
