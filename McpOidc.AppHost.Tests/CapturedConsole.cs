namespace McpOidc.AppHost.Tests;

/// <summary>
/// What something writes to the console, which is one for the process, as these tests are (<see cref="AppHostCollection"/>).
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
