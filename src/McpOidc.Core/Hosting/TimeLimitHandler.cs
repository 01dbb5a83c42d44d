namespace McpOidc.Hosting;

/// <summary>
/// Makes a server that is silent for too long fail like one that refuses the connection. The time-out of <see cref="HttpClient"/> throws
/// what a caller who left throws, and a resilience handler of the host what only it knows; neither would become
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
                $"{request.RequestUri?.Host} gave no answer within {limit}, or the host gave up on it.",
                exception
            );
        }
    }
}
