using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Upstream;

/// <summary>
/// Makes a provider that is silent for too long fail like one that refuses the connection. The time-out of <see cref="HttpClient"/> throws
/// what a caller who left throws, so that neither the known discovery document nor <c>temporarily_unavailable</c> would be the answer.
/// </summary>
internal sealed class ProviderTimeout(IOptions<UpstreamOptions> options) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.Timeout);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, limit.Token);
            await response.Content.LoadIntoBufferAsync(limit.Token);
            return response;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new HttpRequestException($"The identity provider did not answer within {options.Value.Timeout}.", exception);
        }
    }
}
