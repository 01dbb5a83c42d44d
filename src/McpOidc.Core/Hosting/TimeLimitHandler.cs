namespace McpOidc.Hosting;

/// <summary>
/// Treats a server that does not respond in time like one that refuses the connection. The time-out of <see cref="HttpClient"/> throws the
/// same exception as a caller's cancellation, and a resilience handler of the host throws its own; neither would become
/// <c>temporarily_unavailable</c>.
/// </summary>
internal sealed class TimeLimitHandler(TimeSpan limit) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ends.CancelAfter(limit);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, ends.Token);
            await response.Content.LoadIntoBufferAsync(ends.Token);
            return response;
        }
        catch (Exception exception) when (exception is not HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new HttpRequestException(
                $"{request.RequestUri?.Host} did not respond within {limit}, or the host canceled the request.",
                exception
            );
        }
    }
}
