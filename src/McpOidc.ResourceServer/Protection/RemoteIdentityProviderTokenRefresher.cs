using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.Extensions.Logging;

namespace McpOidc.Protection;

/// <summary>In standalone mode: asks the authorization server, once for all callers in this process.</summary>
internal sealed partial class RemoteIdentityProviderTokenRefresher(
    IHttpClientFactory clients,
    AuthorityMetadata authority,
    ServerAssertion assertions,
    ILogger<RemoteIdentityProviderTokenRefresher> logger
) : IIdentityProviderTokenRefresher
{
    /// <summary>The form field that identifies a rejected access token.</summary>
    public const string RefusedField = "refused";

    /// <summary>The error codes by which the authorization server distinguishes failures with the same status.</summary>
    public const string NeedsPersonError = "interaction_required";
    public const string MisconfiguredError = "server_error";

    private readonly SingleFlight<IdentityProviderRefresh> _flights = new();

    public async ValueTask<IdentityProviderRefresh> RefreshAsync(string subject, string? refused, CancellationToken cancellationToken) =>
        await _flights.RunAsync($"{subject} {refused}", () => AskAsync(subject, refused), cancellationToken);

    private async Task<IdentityProviderRefresh> AskAsync(string subject, string? refused)
    {
        try
        {
            using var client = clients.CreateClient(AuthorityMetadata.HttpClientName);
            using var request = new HttpRequestMessage(HttpMethod.Post, authority.Issuer + EndpointPaths.IdentityProviderTokens);
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                await assertions.CreateAsync(authority.Issuer, subject, CancellationToken.None)
            );
            request.Content = refused is null ? null : new FormUrlEncodedContent([new(RefusedField, refused)]);
            using var response = await client.SendAsync(request);
            if (response.StatusCode == HttpStatusCode.NoContent)
            {
                return IdentityProviderRefresh.Fresh;
            }

            var error = await ReadErrorAsync(response);
            if (response.StatusCode == HttpStatusCode.Gone)
            {
                return error == NeedsPersonError ? IdentityProviderRefresh.NeedsPerson : IdentityProviderRefresh.Ended;
            }

            LogRefused((int)response.StatusCode);
            return error == MisconfiguredError ? IdentityProviderRefresh.Misconfigured : IdentityProviderRefresh.Away;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            LogUnreachable(exception);
            return IdentityProviderRefresh.Away;
        }
    }

    // An older authorization server does not send it.
    private static async Task<string?> ReadErrorAsync(HttpResponseMessage response)
    {
        try
        {
            return (await response.Content.ReadFromJsonAsync<JsonObject>())?["error"]?.ToString();
        }
        // A gateway answers with its own page, or with JSON that is no object.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    [LoggerMessage(
        1604,
        LogLevel.Warning,
        "Refreshing the identity provider's tokens failed: the authorization server answered with status {Status}."
    )]
    private partial void LogRefused(int status);

    [LoggerMessage(1605, LogLevel.Warning, "Refreshing the identity provider's tokens failed: the authorization server is unreachable.")]
    private partial void LogUnreachable(Exception exception);
}
