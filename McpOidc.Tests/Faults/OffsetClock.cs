using System.Globalization;
using McpOidc.Tests.Faults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(OffsetClock.Startup))]

namespace McpOidc.Tests.Faults;

/// <summary>A clock that is off by a fixed amount, like that of a misconfigured machine.</summary>
internal sealed class OffsetClock(TimeSpan offset) : TimeProvider
{
    /// <summary>The variable with the clock offset of a process in seconds.</summary>
    public const string Variable = "MCPOIDC_FAULTS_CLOCK_OFFSET";

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;

    /// <summary>Injects the clock into the shipped programs: ASP.NET Core runs this before their own registrations, which do not replace an
    /// existing clock.</summary>
    internal sealed class Startup : IHostingStartup
    {
        public void Configure(IWebHostBuilder builder)
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } seconds)
            {
                builder.ConfigureServices(services =>
                    services.AddSingleton<TimeProvider>(
                        new OffsetClock(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)))
                    )
                );
            }
        }
    }
}
