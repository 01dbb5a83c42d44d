using Duende.IdentityModel.Client;
using Duende.IdentityModel.OidcClient;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Upstream;

/// <summary>The provider's discovery document and keys, fetched once for all sign-ins, and again when old or when a key is unknown.</summary>
internal sealed class ProviderMetadata(IHttpClientFactory clients, IOptions<UpstreamOptions> options, TimeProvider clock) : IDisposable
{
    public const string HttpClientName = "McpOidc.Upstream";
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_cooldown = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Fetched? _current;

    private sealed record Fetched(ProviderInformation Information, DateTimeOffset At);

    public async ValueTask<ProviderInformation> GetAsync(CancellationToken cancellationToken)
        => _current is { } current && clock.GetUtcNow() - current.At < s_lifetime
            ? current.Information
            : await FetchAsync(s_lifetime, cancellationToken);

    /// <summary>Fetches again because a signature named an unknown key, but not more often than every half minute.</summary>
    public async ValueTask<ProviderInformation> RefreshAsync(CancellationToken cancellationToken) => await FetchAsync(s_cooldown, cancellationToken);

    public void Dispose() => _gate.Dispose();

    private async Task<ProviderInformation> FetchAsync(TimeSpan unlessYoungerThan, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } known && clock.GetUtcNow() - known.At < unlessYoungerThan)
            {
                return known.Information;
            }

            var document = await RequestAsync(cancellationToken);
            if (document.IsError)
            {
                // What we know is better than nothing: the provider's keys rarely change, and its outage need not become ours.
                return _current?.Information ?? throw new IdentityProviderException($"The discovery document of the identity provider cannot be used: {document.ErrorType}.", document.Exception!);
            }

            var information = ToInformation(document);
            _current = new Fetched(information, clock.GetUtcNow());
            return information;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<DiscoveryDocumentResponse> RequestAsync(CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(HttpClientName);
        using var request = new DiscoveryDocumentRequest
        {
            Address = options.Value.Issuer,
            Policy =
            {
                // The settings were checked: without TLS on loopback only, or where the operator says so.
                RequireHttps = false,
                // Google and Entra ID have endpoints on other hosts than the issuer's.
                ValidateEndpoints = false,
                ValidateIssuerName = true,
            },
        };
        return await client.GetDiscoveryDocumentAsync(request, cancellationToken);
    }

    private static ProviderInformation ToInformation(DiscoveryDocumentResponse document) => new()
    {
        IssuerName = document.Issuer,
        KeySet = document.KeySet,
        AuthorizeEndpoint = document.AuthorizeEndpoint,
        TokenEndpoint = document.TokenEndpoint,
        EndSessionEndpoint = document.EndSessionEndpoint,
        UserInfoEndpoint = document.UserInfoEndpoint,
        TokenEndPointAuthenticationMethods = document.TokenEndpointAuthenticationMethodsSupported,
    };
}
