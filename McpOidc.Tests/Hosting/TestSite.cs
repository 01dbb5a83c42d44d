using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Hosting;

/// <summary>One web application of the system under test, in this process, with real Kestrel on a loopback port.</summary>
public sealed class TestSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestSite(WebApplication app, string origin, LogSink logs)
    {
        _app = app;
        Origin = origin;
        Logs = logs;
    }

    /// <summary>For instance <c>http://localhost:40123</c>.</summary>
    public string Origin { get; }

    public LogSink Logs { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Builds and starts an application. Settings go into the configuration, as environment variables would, so that options are
    /// read as in production.</summary>
    public static async Task<TestSite> StartAsync(
        int port,
        IEnumerable<KeyValuePair<string, string?>> settings,
        Action<WebApplicationBuilder> services,
        Action<WebApplication> pipeline,
        string environment = "Development"
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = Path.GetTempPath() }
        );
        builder.Configuration.AddInMemoryCollection(LastWins(settings));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRouting();
        var logs = new LogSink();
        builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        services(builder);
        var app = builder.Build();
        pipeline(app);
        await app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return new TestSite(app, $"http://localhost:{port}", logs);
    }

    private static Dictionary<string, string?> LastWins(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var last = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in settings)
        {
            last[key] = value;
        }

        return last;
    }

    /// <summary>Shuts down as on SIGTERM.</summary>
    public async Task StopAsync(TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        await _app.StopAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token);
        await _app.DisposeAsync();
    }
}
