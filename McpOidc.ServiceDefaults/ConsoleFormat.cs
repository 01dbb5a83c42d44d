using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;

namespace Microsoft.Extensions.Hosting;

/// <summary>The format of console log lines.</summary>
internal static class ConsoleFormat
{
    private const string Setting = "Logging:Console:FormatterName";

    /// <summary>
    /// <c>CreateSlimBuilder</c> sets the simple format in code, which overrides <c>Logging:Console:FormatterName</c>; this restores the
    /// setting.
    /// </summary>
    public static void Add(IServiceCollection services) =>
        services
            .AddOptions<ConsoleLoggerOptions>()
            .PostConfigure<IConfiguration>(
                (options, configuration) =>
                {
                    if (configuration[Setting] is { Length: > 0 } name)
                    {
                        options.FormatterName = name;
                    }
                }
            );
}
