using System.Diagnostics;
using McpOidc.Tests.Conformance;

namespace McpOidc.Tests.Interop;

/// <summary>A command-line client: it runs, opens the browser if needed, prints its output, and exits.</summary>
internal static class CommandLineClient
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    /// <summary>Runs a script of an npm package with a separate home directory.</summary>
    /// <returns>The exit code, and the output of both streams.</returns>
    public static Task<(int Code, string Output)> RunAsync(BrowserBell bell, string script, params string[] arguments) =>
        RunAsync(bell, new ProcessStartInfo(ConformanceSuite.Node, [PathOf(script), .. arguments]));

    /// <summary>Does the same in a terminal, for scripts that require one.</summary>
    public static Task<(int Code, string Output)> RunInTerminalAsync(BrowserBell bell, string script, params string[] arguments)
    {
        string[] command = [ConformanceSuite.Node, PathOf(script), .. arguments];
        return RunAsync(bell, new ProcessStartInfo("script", ["-qec", string.Join(' ', command.Select(word => $"'{word}'")), "/dev/null"]));
    }

    private static string PathOf(string script) => Path.Combine(ConformanceSuite.Modules, script);

    private static async Task<(int Code, string Output)> RunAsync(BrowserBell bell, ProcessStartInfo start)
    {
        if (ConformanceSuite.Missing is not null)
        {
            throw new InvalidOperationException(ConformanceSuite.Missing);
        }

        using var limit = new CancellationTokenSource(s_limit);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        start.Environment.Clear();
        foreach (var (name, value) in bell.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["MCP_AUTO_OPEN_ENABLED"] = "true";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException(
                $"{string.Join(' ', start.ArgumentList)} was not done within {s_limit}. Browser: {bell.Failure?.Message ?? "fine"}.",
                exception
            );
        }
    }
}
