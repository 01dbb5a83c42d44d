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
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_cooldown = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Fetched? _current;
    private DateTimeOffset _retryAt;

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

            if (clock.GetUtcNow() >= _retryAt)
            {
                await TryFetchAsync(cancellationToken);
            }

            return _current?.Information ?? throw new IdentityProviderException("The identity provider did not answer a moment ago.");
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task TryFetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            _current = new Fetched(ToInformation(await RequestAsync(cancellationToken)), clock.GetUtcNow());
        }
        catch (IdentityProviderException)
        {
            // While it does not answer, not every sign-in waits for it in turn; and what we know is better than nothing, since the
            // provider's keys rarely change.
            _retryAt = clock.GetUtcNow() + s_pause;
            if (_current is null)
            {
                throw;
            }
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
                // Entra ID's discovery document for many tenants names a template in place of an issuer.
                ValidateIssuerName = !options.Value.IsMultiTenant,
            },
        };
        try
        {
            var document = await client.GetDiscoveryDocumentAsync(request, cancellationToken);
            return !document.IsError ? document : throw new IdentityProviderException(
                $"The discovery document of the identity provider cannot be used: {document.ErrorType}.", document.Exception!);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IdentityProviderException("The identity provider did not answer in time.", exception);
        }
    }

    private static ProviderInformation ToInformation(DiscoveryDocumentResponse document) => new()
    {
        IssuerName = document.Issuer ?? throw Incomplete("issuer"),
        KeySet = document.KeySet ?? throw Incomplete("jwks_uri"),
        AuthorizeEndpoint = document.AuthorizeEndpoint ?? throw Incomplete("authorization_endpoint"),
        TokenEndpoint = document.TokenEndpoint ?? throw Incomplete("token_endpoint"),
        EndSessionEndpoint = document.EndSessionEndpoint,
        UserInfoEndpoint = document.UserInfoEndpoint,
        TokenEndPointAuthenticationMethods = document.TokenEndpointAuthenticationMethodsSupported,
    };

    private static IdentityProviderException Incomplete(string member)
        => new($"The discovery document of the identity provider has no {member}.");
}
