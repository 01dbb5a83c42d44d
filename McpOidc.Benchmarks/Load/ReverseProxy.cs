using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Stands where a deployment has Caddy or an ingress: ends TLS under the issuer's name. Protected servers read metadata and keys through
/// it. The load itself does not come this way, or the proxy would be what is measured; it brings the headers with which a proxy would pass
/// it on.
/// </summary>
internal static class ReverseProxy
{
    public const string Name = "proxy";

    /// <summary>What a proxy says of a request: it came over https, from an address (RFC 5737 has it for examples).</summary>
    public static readonly (string Name, string Value)[] Headers = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7")];

    /// <summary>Starts one, with its certificate.</summary>
    /// <param name="benchmarks">The published benchmarks.</param>
    /// <param name="issuer">Its own name.</param>
    /// <param name="origin">Where the authorization server listens.</param>
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

    /// <summary>Makes a request one that a proxy passes on.</summary>
    public static void AddHeaders(HttpRequestMessage request, string host, string? address = null)
    {
        request.Headers.Host = host;
        foreach (var (name, value) in Headers)
        {
            request.Headers.Add(name, name == "X-Forwarded-For" ? address ?? value : value);
        }
    }

    /// <summary>The same before a script for wrk.</summary>
    public static string Script(string host) =>
        string.Concat(
            Headers
                .Prepend(("Host", host))
                .Select(header => string.Create(CultureInfo.InvariantCulture, $"wrk.headers[\"{header.Item1}\"] = \"{header.Item2}\"\n"))
        );
}
