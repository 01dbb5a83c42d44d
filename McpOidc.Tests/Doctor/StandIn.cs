using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace McpOidc.Tests.Doctor;

/// <summary>A web server whose responses a test defines.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandIn(WebApplication app, string origin) => (_app, Origin) = (app, origin);

    public string Origin { get; }

    /// <summary>Maps requests, as <c>GET /path</c>, to responses. All others are 404.</summary>
    public Dictionary<string, Func<HttpContext, IResult>> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Runs before the responses; returns whether it has responded itself.</summary>
    public Func<HttpContext, Task<bool>> Before { get; set; } = _ => Task.FromResult(false);

    public static async Task<StandIn> StartAsync(Func<HttpContext, Task>? answer = null, int? port = null, bool tls = false)
    {
        var at = port ?? Loopback.FreePort();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        using var certificate = tls ? Loopback.CreateCertificate() : null;
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.ListenLocalhost(at, listen => Listen(listen, certificate)));
        var app = builder.Build();
        var site = new StandIn(app, $"{(tls ? "https" : "http")}://localhost:{at}");
        ((IApplicationBuilder)app).Run(new RequestDelegate(answer ?? site.AnswerAsync));
        await app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return site;
    }

    public void Json(string path, Func<JsonObject> document) => Answers[$"GET {path}"] = _ => Document(document());

    public static IResult Document(JsonObject document, int status = 200) =>
        Results.Text(document.ToJsonString(), "application/json", statusCode: status);

    public static IResult Page(string text, int status = 200) =>
        Results.Text($"<!doctype html><title>x</title><p>{text}</p>", "text/html", statusCode: status);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token);
        await _app.DisposeAsync();
    }

    private static void Listen(ListenOptions listen, X509Certificate2? certificate)
    {
        if (certificate is not null)
        {
            listen.UseHttps(X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null));
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!await Before(context))
        {
            var answer = Answers.TryGetValue($"{context.Request.Method} {context.Request.Path}", out var known)
                ? known(context)
                : Results.StatusCode(404);
            await answer.ExecuteAsync(context);
        }
    }
}
