namespace McpOidc.AppHost.Tests;

/// <summary>
/// Captures console output. The console belongs to the process, so these tests run one at a time (<see cref="AppHostCollection"/>).
/// </summary>
internal static class CapturedConsole
{
    public static async Task<(T Result, (string Output, string Errors) Written)> OfAsync<T>(Func<Task<T>> action)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        using var failed = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(written));
        Console.SetError(TextWriter.Synchronized(failed));
        try
        {
            var result = await action();
            return (result, (written.ToString(), failed.ToString()));
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
