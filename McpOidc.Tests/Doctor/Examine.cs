using McpOidc.Doctor;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpOidc.Tests.Doctor;

/// <summary>Runs the doctor like the command does: with settings, and without a server in its process.</summary>
internal static class Examine
{
    public const string Secret = "a-secret-of-the-doctor-tests-0123456789";

    /// <summary>Valid settings whose addresses have no listener.</summary>
    public static Dictionary<string, string?> Settings() =>
        new()
        {
            ["McpOidc:Issuer"] = $"http://localhost:{Loopback.FreePort()}",
            ["McpOidc:Resources:0:Uri"] = $"http://localhost:{Loopback.FreePort()}/mcp",
            ["McpOidc:Secret"] = Secret,
            ["McpOidc:Sqlite:Path"] = Path.Combine(Path.GetTempPath(), $"mcpoidc-doctor-{Guid.NewGuid():N}", "store.db"),
            ["McpOidc:IdentityProvider:Issuer"] = $"http://localhost:{Loopback.FreePort()}",
            ["McpOidc:IdentityProvider:ClientId"] = "mcpoidc",
            ["McpOidc:IdentityProvider:ClientSecret"] = "dev-secret",
            ["McpOidc:IdentityProvider:Scopes"] = "openid email profile offline_access",
        };

    public static Task<DoctorReport> RunAsync(
        Dictionary<string, string?> settings,
        string environment = "Development",
        TimeProvider? clock = null,
        Action<McpOidcBuilder>? configure = null
    ) => WithDoctorAsync(settings, environment, clock, configure, (doctor, ct) => doctor.ExamineAsync(ct));

    /// <summary>Runs only these checks.</summary>
    public static Task<DoctorReport> RunAsync(Dictionary<string, string?> settings, params ICheck[] checks) =>
        WithDoctorAsync(settings, "Development", null, null, (doctor, ct) => doctor.ExamineAsync(checks, ct));

    public static Task<DoctorReport> WalkAsync(string resource) =>
        WithDoctorAsync([], "Production", null, null, (doctor, ct) => doctor.WalkAsync(resource, ct));

    private static async Task<DoctorReport> WithDoctorAsync(
        Dictionary<string, string?> settings,
        string environment,
        TimeProvider? clock,
        Action<McpOidcBuilder>? configure,
        Func<McpOidcDoctor, CancellationToken, Task<DoctorReport>> run
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = Path.GetTempPath() }
        );
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseKestrelCore();
        if (clock is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(clock));
        }

        var mcpOidc = builder.Services.AddMcpOidc().AddAuthorizationServer().AddProcessGuards().AddDoctor();
        configure?.Invoke(mcpOidc);
        builder
            .Services.AddHttpClient(Probe.HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    SslOptions = Loopback.OwnCertificates,
                }
            );
        await using var host = builder.Build();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var report = await run(host.Services.GetRequiredService<McpOidcDoctor>(), limit.Token);
        AssertNoSecret(report, settings);
        AssertEveryFaultHasAMend(report);
        return report;
    }

    private static void AssertNoSecret(DoctorReport report, Dictionary<string, string?> settings)
    {
        var secrets = settings
            .Where(setting => setting.Key.Contains("Secret", StringComparison.Ordinal) && setting.Value is { Length: > 5 })
            .Select(setting => setting.Value!)
            .Concat(settings.Values.OfType<string>().SelectMany(value => value.Split("password=")[1..]).Select(rest => rest.Split(',')[0]));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, report.ToJson(), StringComparison.Ordinal));
    }

    private static void AssertEveryFaultHasAMend(DoctorReport report) =>
        Assert.All(
            report.Findings,
            finding => Assert.Equal(finding.Outcome is DoctorOutcome.Problem or DoctorOutcome.Warning, finding.Remedy is { Length: > 0 })
        );
}
