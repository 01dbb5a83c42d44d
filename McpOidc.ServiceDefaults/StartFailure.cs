using McpOidc.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>What a program says that cannot start: the sentence that names setting and remedy, and no stack trace.</summary>
public static class StartFailure
{
    // It logs the same failure with a stack trace.
    private const string Host = "Microsoft.Extensions.Hosting.Internal.Host";

    /// <summary>Builds an application, runs it until it is stopped, and says in a sentence why it could not start.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="use">Its middleware and endpoints.</param>
    /// <returns>The exit code: 0, or 1 when it did not start.</returns>
    public static async Task<int> RunAsync(this WebApplicationBuilder builder, Action<WebApplication> use)
    {
        var hasStarted = false;
        builder.Logging.AddFilter(Host, level => level >= LogLevel.Information && (hasStarted || level < LogLevel.Error));
        try
        {
            await using var app = builder.Build();
            use(app);
            app.Lifetime.ApplicationStarted.Register(() => hasStarted = true);
            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (!hasStarted && Describe(exception) is { } sentences)
        {
            await Console.Error.WriteLineAsync(sentences);
            return 1;
        }
    }

    /// <returns><see langword="null"/> for a defect, of which the stack trace is of use.</returns>
    private static string? Describe(Exception exception) =>
        exception switch
        {
            OptionsValidationException validation => string.Join(Environment.NewLine, validation.Failures.Distinct(StringComparer.Ordinal)),
            AggregateException { InnerExceptions: var all } when all.Select(Describe).ToList() is var each && !each.Contains(null) =>
                string.Join(Environment.NewLine, each.Distinct(StringComparer.Ordinal)),
            // What is checked at start is told by these, and so is a port that is taken.
            StoreUnavailableException or InvalidOperationException or IOException => exception.Message,
            _ => null,
        };
}
