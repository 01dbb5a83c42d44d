using System.Net;
using System.Net.Http.Headers;
using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.Extensions.Logging;

namespace McpOidc.Protection;

/// <summary>In standalone mode: asks the auth server, once for all callers in this process.</summary>
internal sealed partial class RemoteIdentityProviderTokenRefresher(
    IHttpClientFactory clients,
    AuthorityMetadata authority,
    ServerAssertion assertions,
    ILogger<RemoteIdentityProviderTokenRefresher> logger
) : IIdentityProviderTokenRefresher
{
    private readonly SingleFlight<IdentityProviderRefreshOutcome> _flights = new();

    public async ValueTask<IdentityProviderRefreshOutcome> RefreshAsync(string subject, CancellationToken cancellationToken) =>
        await _flights.RunAsync(subject, () => AskAsync(subject), cancellationToken);

    private async Task<IdentityProviderRefreshOutcome> AskAsync(string subject)
    {
        try
        {
            using var client = clients.CreateClient(AuthorityMetadata.HttpClientName);
            using var request = new HttpRequestMessage(HttpMethod.Post, authority.Issuer + EndpointPaths.IdentityProviderTokens);
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                await assertions.CreateAsync(authority.Issuer, subject, CancellationToken.None)
            );
            using var response = await client.SendAsync(request);
            switch (response.StatusCode)
            {
                case HttpStatusCode.NoContent:
                    return IdentityProviderRefreshOutcome.Fresh;
                case HttpStatusCode.Gone:
                    return IdentityProviderRefreshOutcome.Ended;
                default:
                    LogRefused((int)response.StatusCode);
                    return IdentityProviderRefreshOutcome.Unavailable;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            LogUnreachable(exception);
            return IdentityProviderRefreshOutcome.Unavailable;
        }
    }

    [LoggerMessage(1604, LogLevel.Warning, "The authorization server did not refresh the identity provider's tokens: status {Status}.")]
    private partial void LogRefused(int status);

    [LoggerMessage(1605, LogLevel.Warning, "The authorization server cannot be reached to refresh the identity provider's tokens.")]
    private partial void LogUnreachable(Exception exception);
}
