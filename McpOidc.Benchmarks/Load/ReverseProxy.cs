using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Takes the place of Caddy or an ingress: terminates TLS under the issuer's name. Protected servers read metadata and keys through it. The
/// load itself bypasses it, because otherwise the proxy would be measured; the load includes the headers that a proxy would add.
/// </summary>
internal static class ReverseProxy
{
    public const string Name = "proxy";

    /// <summary>The headers of a proxy: the request came over https, from an address (RFC 5737 reserves it for examples).</summary>
    public static readonly (string Name, string Value)[] Headers = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7")];

    /// <summary>Starts a proxy with its certificate.</summary>
    /// <param name="benchmarks">The published benchmarks.</param>
    /// <param name="issuer">The proxy's public URL.</param>
    /// <param name="origin">The address where the authorization server listens.</param>
    public static Task<MeasuredProcess> StartAsync(string benchmarks, string issuer, string origin) =>
        MeasuredProcess.StartAsync(
            new ProcessPlan(benchmarks, Name, issuer, origin, LoadCertificate.Path, LoadCertificate.KeyPath) { Health = issuer + "/health" }
        );

    public static async Task<int> RunAsync(string issuer, string origin, string certificate, string key)
    {
        var own = new Uri(issuer);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
                kestrel.Listen(
                    IPAddress.Loopback,
                    own.Port,
                    listen => listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key))
                )
            );
        await using var app = builder.Build();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        app.Run(context => PassOnAsync(context, http, own, origin));
        await app.RunAsync();
        return 0;
    }

    private static async Task PassOnAsync(HttpContext context, HttpClient http, Uri own, string origin)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            origin + context.Request.Path + context.Request.QueryString
        );
        AddHeaders(request, own.Authority);
        using var response = await http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>Adds a proxy's headers to a request.</summary>
    public static void AddHeaders(HttpRequestMessage request, string host, string? address = null)
    {
        request.Headers.Host = host;
        foreach (var (name, value) in Headers)
        {
            request.Headers.Add(name, name == "X-Forwarded-For" ? address ?? value : value);
        }
    }

    /// <summary>The same for wrk, before a script.</summary>
    public static string Script(string host) =>
        string.Concat(
            Headers
                .Prepend(("Host", host))
                .Select(header => string.Create(CultureInfo.InvariantCulture, $"wrk.headers[\"{header.Item1}\"] = \"{header.Item2}\"\n"))
        );
}
