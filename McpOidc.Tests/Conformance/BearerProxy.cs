using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Tests.Conformance;

/// <summary>
/// Forwards requests to one endpoint and adds a bearer token, because the suite sends none. Streams are forwarded as they arrive.
/// </summary>
internal sealed class BearerProxy : IAsyncDisposable
{
    private static readonly string[] s_ownHeaders = ["Host", "Connection", "Transfer-Encoding", "Content-Length", "Keep-Alive"];
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private BearerProxy(WebApplication app, int port) => (_app, Url) = (app, $"http://localhost:{port}/mcp");

    public string Url { get; }

    public static async Task<BearerProxy> StartAsync(Uri target, string token)
    {
        var port = Loopback.FreePort();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        var proxy = new BearerProxy(app, port);
        app.Run(context => proxy.ForwardAsync(context, target, token));
        await app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, Uri target, string token)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target)
        {
            Content = new StreamContent(context.Request.Body),
        };
        foreach (
            var (name, values) in context.Request.Headers.Where(header =>
                !s_ownHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)
            )
        )
        {
            _ =
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)
                || request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        // Forwards a forged Host or Origin unchanged; replaces the proxy's own by the target's.
        var own = new Uri(Url);
        request.Headers.Host = context.Request.Host.Value == own.Authority ? target.Authority : context.Request.Host.Value;
        if (context.Request.Headers.Origin == own.GetLeftPart(UriPartial.Authority))
        {
            request.Headers.Remove("Origin");
            request.Headers.Add("Origin", target.GetLeftPart(UriPartial.Authority));
        }

        request.Headers.Authorization = new("Bearer", token);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (
            var (name, values) in response
                .Headers.Concat(response.Content.Headers)
                .Where(header => !s_ownHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
        )
        {
            context.Response.Headers[name] = values.ToArray();
        }

        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        await context.Response.StartAsync(context.RequestAborted);
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
