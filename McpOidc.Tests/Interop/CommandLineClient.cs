using System.Diagnostics;
using McpOidc.Tests.Conformance;

namespace McpOidc.Tests.Interop;

/// <summary>A client that is a command: it runs, opens the browser when it has to, prints, and ends.</summary>
internal static class CommandLineClient
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    /// <summary>Runs a script of an npm package with a home of its own.</summary>
    /// <returns>The exit code, and what was printed on both streams.</returns>
    public static async Task<(int Code, string Output)> RunAsync(BrowserBell bell, string script, params string[] arguments)
    {
        if (ConformanceSuite.Missing is not null)
        {
            throw new InvalidOperationException(ConformanceSuite.Missing);
        }

        using var limit = new CancellationTokenSource(s_limit);
        var start = new ProcessStartInfo(ConformanceSuite.Node, [Path.Combine(ConformanceSuite.Modules, script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
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
                $"{script} was not done within {s_limit}. Browser: {bell.Failure?.Message ?? "fine"}.",
                exception
            );
        }
    }
}
