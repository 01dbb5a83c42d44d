using System.Net;
using System.Net.Http.Headers;
using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.Extensions.Logging;

namespace McpOidc.Protection;

/// <summary>In standalone mode: asks the authorization server, with one request for concurrent callers in this process.</summary>
internal sealed partial class RemotePersonalTokenCheck(
    IHttpClientFactory clients,
    AuthorityMetadata authority,
    ServerAssertion assertions,
    ILogger<RemotePersonalTokenCheck> logger
) : IPersonalTokenCheck
{
    private readonly SingleFlight<PersonalTokenStanding> _flights = new();

    public async ValueTask<PersonalTokenStanding> CheckAsync(string grantId, CancellationToken cancellationToken) =>
        await _flights.RunAsync(grantId, () => AskAsync(grantId), cancellationToken);

    private async Task<PersonalTokenStanding> AskAsync(string grantId)
    {
        try
        {
            using var client = clients.CreateClient(AuthorityMetadata.HttpClientName);
            using var request = new HttpRequestMessage(HttpMethod.Post, authority.Issuer + EndpointPaths.PersonalTokens);
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                await assertions.CreateForPersonalTokenAsync(authority.Issuer, grantId, CancellationToken.None)
            );
            using var response = await client.SendAsync(request);
            switch (response.StatusCode)
            {
                case HttpStatusCode.NoContent:
                    return PersonalTokenStanding.Good;
                case HttpStatusCode.Gone:
                    return PersonalTokenStanding.Refused;
                default:
                    LogNotChecked((int)response.StatusCode);
                    return PersonalTokenStanding.Unknown;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            LogUnreachable(exception);
            return PersonalTokenStanding.Unknown;
        }
    }

    [LoggerMessage(2975, LogLevel.Warning, "The authorization server did not check a personal access token: status {Status}.")]
    private partial void LogNotChecked(int status);

    [LoggerMessage(2976, LogLevel.Warning, "The authorization server could not be reached to check a personal access token.")]
    private partial void LogUnreachable(Exception exception);
}
