using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpsPolicy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Hosting;

/// <summary>Process guards in an application that has chosen for itself.</summary>
public sealed class ProcessGuardTests
{
    /// <summary>The ways to register a logger factory. Serilog's <c>AddSerilog()</c> uses the second.</summary>
    public static TheoryData<string, Action<IServiceCollection, LogSink>> Factories =>
        new()
        {
            { "instance", (services, logs) => services.AddSingleton<ILoggerFactory>(new OwnFactory(logs)) },
            { "factory", (services, logs) => services.AddSingleton<ILoggerFactory>(_ => new OwnFactory(logs)) },
            { "type", (services, logs) => services.AddSingleton(logs).AddSingleton<ILoggerFactory, OwnFactory>() },
        };

    [Theory]
    [MemberData(nameof(Factories))]
    public async Task The_application_logs_to_the_logger_factory_that_it_chose(string kind, Action<IServiceCollection, LogSink> add)
    {
        using var logs = new LogSink();
        await using var app = Build(services =>
        {
            add(services, logs);
            services.AddMcpOidc().AddResourceServer().AddProcessGuards();
        });
        app.Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger("Shop")
            .Log(LogLevel.Information, default, kind, null, (state, _) => $"Registered as {state}.");
        Assert.Contains(logs.Lines, line => line.Contains($"Registered as {kind}.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddHsts_of_the_application_applies_before_and_after_the_guards(bool isFirst)
    {
        void Add(IServiceCollection services) => services.AddHsts(hsts => hsts.MaxAge = TimeSpan.FromDays(2));
        await using var app = Build(services =>
        {
            if (isFirst)
            {
                Add(services);
            }

            services.AddMcpOidc().AddResourceServer().AddProcessGuards();
            if (!isFirst)
            {
                Add(services);
            }
        });
        Assert.Equal(TimeSpan.FromDays(2), app.Services.GetRequiredService<IOptions<HstsOptions>>().Value.MaxAge);
    }

    private static WebApplication Build(Action<IServiceCollection> add)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.Logging.ClearProviders();
        add(builder.Services);
        return builder.Build();
    }

    private sealed class OwnFactory(LogSink logs) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logs.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }
    }
}
