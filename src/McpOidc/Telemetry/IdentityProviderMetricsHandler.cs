using System.Diagnostics;

namespace McpOidc.Telemetry;

/// <summary>Measures requests to identity providers, including retries.</summary>
internal sealed class IdentityProviderMetricsHandler(Metrics metrics) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (start, outcome) = (Stopwatch.GetTimestamp(), "unavailable");
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            outcome = (int)response.StatusCode switch
            {
                < 400 => "ok",
                < 500 => "refused",
                _ => "unavailable",
            };
            return response;
        }
        finally
        {
            metrics.AskedIdentityProvider(OperationOf(request), outcome, start);
        }
    }

    private static string OperationOf(HttpRequestMessage request) =>
        request.Method == HttpMethod.Post ? "token"
        : request.RequestUri?.AbsolutePath.EndsWith("/.well-known/openid-configuration", StringComparison.Ordinal) == true ? "discovery"
        : request.Headers.Authorization is not null ? "userinfo"
        : "keys";
}
