using System.Globalization;
using McpOidc.Tests.Faults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(OffsetClock.Startup))]

namespace McpOidc.Tests.Faults;

/// <summary>A clock that goes wrong by a fixed time, as that of a machine does.</summary>
internal sealed class OffsetClock(TimeSpan offset) : TimeProvider
{
    /// <summary>Seconds by which the clock of a process is off.</summary>
    public const string Variable = "MCPOIDC_FAULTS_CLOCK_OFFSET";

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;

    /// <summary>Puts the clock into the shipped programs: ASP.NET Core runs it before their own registrations, which do not replace a
    /// clock.</summary>
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
