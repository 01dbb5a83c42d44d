using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Doctor;

/// <summary>A small reverse proxy that terminates TLS, and that a test breaks.</summary>
internal sealed class ReverseProxy : IAsyncDisposable
{
    private static readonly string[] s_hopByHop = ["Transfer-Encoding", "Connection", "Keep-Alive", "Content-Length"];
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };
    private readonly string _target;
    private StandIn _site = null!;

    private ReverseProxy(string target) => _target = target;

    public string Origin => _site.Origin;

    /// <summary>Changes the forwarded request.</summary>
    public Action<HttpRequestMessage> Request { get; set; } = _ => { };

    /// <summary>Returns the status of a response in place of the server's; 0 forwards the request.</summary>
    public Func<HttpRequest, int> Refuse { get; set; } = _ => 0;

    /// <summary>Changes the returned response.</summary>
    public Action<HttpResponse> Response { get; set; } = _ => { };

    public static async Task<ReverseProxy> StartAsync(int port, string target)
    {
        var proxy = new ReverseProxy(target);
        proxy._site = await StandIn.StartAsync(proxy.ForwardAsync, port, tls: true);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (Refuse(context.Request) is > 0 and var status)
        {
            context.Response.StatusCode = status;
            return;
        }

        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            _target + context.Request.Path + context.Request.QueryString
        );
        request.Content = context.Request.ContentLength > 0 ? new StreamContent(context.Request.Body) : null;
        foreach (var (name, value) in context.Request.Headers)
        {
            _ =
                request.Headers.TryAddWithoutValidation(name, (string?)value)
                || request.Content?.Headers.TryAddWithoutValidation(name, (string?)value) is true;
        }

        request.Headers.Host = context.Request.Host.Value;
        request.Headers.Add("X-Forwarded-For", $"{context.Connection.RemoteIpAddress}");
        request.Headers.Add("X-Forwarded-Proto", context.Request.Scheme);
        Request(request);
        using var answer = await _http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !s_hopByHop.Contains(header.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        Response(context.Response);
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
