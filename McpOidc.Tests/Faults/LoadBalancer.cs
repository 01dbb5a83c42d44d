using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace McpOidc.Tests.Faults;

/// <summary>
/// Round-robin over several instances, skipping one that refuses the connection. A request that an instance may have read is never sent to
/// another; its client sees the failure as a 502 or a closed connection.
/// </summary>
internal sealed class LoadBalancer : IAsyncDisposable
{
    private static readonly string[] s_hopByHop = ["Connection", "Keep-Alive", "Transfer-Encoding", "Host", "Content-Length"];
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(60),
    };
    private readonly WebApplication _app;
    private readonly string[] _targets;
    private int _turn;
    private int _broken;

    private LoadBalancer(WebApplication app, string[] targets) => (_app, _targets) = (app, targets);

    /// <summary>The number of requests that failed midway.</summary>
    public int Broken => _broken;

    public static async Task<LoadBalancer> StartAsync(int port, params string[] targets)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        var balancer = new LoadBalancer(app, targets);
        app.Run(balancer.ForwardAsync);
        await app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return balancer;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var first = Interlocked.Increment(ref _turn) & int.MaxValue;
        for (var i = 0; i < _targets.Length; i++)
        {
            try
            {
                using var request = Copy(context.Request, _targets[(first + i) % _targets.Length], body.ToArray());
                using var response = await _http.SendAsync(request, context.RequestAborted);
                await CopyAsync(response, context.Response);
                return;
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // Connection refused: no instance has seen the request.
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                Break(context);
                return;
            }
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private void Break(HttpContext context)
    {
        if (Interlocked.Increment(ref _broken) % 2 == 0)
        {
            context.Abort();
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
    }

    private static HttpRequestMessage Copy(HttpRequest request, string target, byte[] body)
    {
        var copy = new HttpRequestMessage(
            new HttpMethod(request.Method),
            target + request.Path.ToUriComponent() + request.QueryString.ToUriComponent()
        );
        copy.Headers.Host = request.Host.Value;
        copy.Content = body.Length > 0 ? new ByteArrayContent(body) : null;
        foreach (var (name, values) in request.Headers.Where(header => !s_hopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!copy.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!))
            {
                copy.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!);
            }
        }

        return copy;
    }

    private static async Task CopyAsync(HttpResponseMessage from, HttpResponse to)
    {
        var body = await from.Content.ReadAsByteArrayAsync();
        to.StatusCode = (int)from.StatusCode;
        foreach (
            var (name, values) in from
                .Headers.Concat(from.Content.Headers)
                .Where(header => !s_hopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
        )
        {
            to.Headers[name] = new StringValues([.. values]);
        }

        if (body.Length > 0)
        {
            await to.Body.WriteAsync(body);
        }
    }
}
