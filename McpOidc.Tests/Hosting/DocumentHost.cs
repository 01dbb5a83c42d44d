using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace McpOidc.Tests.Hosting;

/// <summary>Third-party web servers with TLS under any name, all on one loopback port. The test decides what they answer.</summary>
public sealed class DocumentHost : IAsyncDisposable
{
    private const string Expired = "expired.";
    private const string OtherName = "othername.";
    private const string SelfSigned = "selfsigned.";

    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _selfSigned = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, X509Certificate2> _certificates = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Url, IHeaderDictionary Headers)> _requests = new();
    private readonly X509Certificate2 _authority;
    private WebApplication _app = null!;

    private DocumentHost()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true)
        );
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-3), DateTimeOffset.UtcNow.AddDays(30));
    }

    public IPEndPoint EndPoint { get; private set; } = null!;

    /// <summary>Trusts only the test's certificate authority; names and validity periods are checked as usual.</summary>
    public X509ChainPolicy Trust
    {
        get
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.Add(_authority);
            return policy;
        }
    }

    public static async Task<DocumentHost> StartAsync()
    {
        var host = new DocumentHost { EndPoint = new IPEndPoint(IPAddress.Loopback, Loopback.FreePort()) };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
                kestrel.Listen(
                    host.EndPoint,
                    listen =>
                        listen.UseHttps(
                            new HttpsConnectionAdapterOptions
                            {
                                ServerCertificateSelector = (_, name) => host.CertificateFor(name ?? "nobody.example"),
                            }
                        )
                )
            );
        host._app = builder.Build();
        host._app.Run(host.AnswerAsync);
        await host._app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return host;
    }

    public void Answer(string url, Func<HttpContext, Task> answer) => _answers[url] = answer;

    /// <summary>Serves a JSON document with the correct headers.</summary>
    public void Serve(string url, JsonObject document, params (string Name, string Value)[] headers)
    {
        var text = document.ToJsonString();
        Answer(url, http => WriteAsync(http, text, headers));
    }

    public static Task WriteAsync(HttpContext http, string text, params (string Name, string Value)[] headers)
    {
        http.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        return http.Response.WriteAsync(text);
    }

    /// <summary>From now on a name has a self-signed certificate.</summary>
    public void SignItself(string name) => _selfSigned.TryAdd(name, true);

    /// <summary>The headers of every request for a URL, in order.</summary>
    public IReadOnlyList<IHeaderDictionary> RequestsFor(string url) =>
        [.. _requests.Where(request => request.Url == url).Select(request => request.Headers)];

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var certificate in _certificates.Values.Append(_authority))
        {
            certificate.Dispose();
        }
    }

    private Task AnswerAsync(HttpContext http)
    {
        var url = $"https://{http.Request.Host}{http.Request.Path}{http.Request.QueryString}";
        _requests.Enqueue((url, new HeaderDictionary(http.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase))));
        if (_answers.TryGetValue(url, out var answer))
        {
            return answer(http);
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private X509Certificate2 CertificateFor(string name) => _certificates.GetOrAdd(name, MakeCertificate);

    private X509Certificate2 MakeCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name.StartsWith(OtherName, StringComparison.Ordinal) ? "somebody.example" : name);
        request.CertificateExtensions.Add(names.Build());
        var end = name.StartsWith(Expired, StringComparison.Ordinal)
            ? DateTimeOffset.UtcNow.AddHours(-1)
            : DateTimeOffset.UtcNow.AddDays(1);
        if (name.StartsWith(SelfSigned, StringComparison.Ordinal) || _selfSigned.ContainsKey(name))
        {
            return request.CreateSelfSigned(end.AddDays(-1), end);
        }

        using var signed = request.Create(_authority, end.AddHours(-30), end, RandomNumberGenerator.GetBytes(8));
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }
}
