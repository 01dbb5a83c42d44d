using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;

namespace Microsoft.Extensions.Hosting;

/// <summary>How lines of the console look.</summary>
internal static class ConsoleFormat
{
    private const string Setting = "Logging:Console:FormatterName";

    /// <summary>
    /// <c>CreateSlimBuilder</c> chooses the simple format in code, which goes before <c>Logging:Console:FormatterName</c>; the setting is
    /// put back in its place.
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
