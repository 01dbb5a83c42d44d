using System.Diagnostics;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;

namespace McpOidc.Tests.Conformance;

/// <summary>
/// The official suite as a program: <c>@modelcontextprotocol/conformance</c>, on the Node of package.json, because it requires version 22
/// or later.
/// </summary>
public static class ConformanceSuite
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);
    private static readonly string s_folder = Path.Combine(SourceTree.Root, "McpOidc.Tests", "Conformance");
    private static readonly string s_node = Path.Combine(s_folder, "node_modules", "node", "bin", "node");
    private static readonly string[] s_clients =
    [
        "@anthropic-ai/claude-code",
        "@modelcontextprotocol/inspector",
        "@openai/codex",
        "mcporter",
    ];
    private static readonly string s_program = Path.Combine(
        s_folder,
        "node_modules",
        "@modelcontextprotocol",
        "conformance",
        "dist",
        "index.js"
    );

    /// <summary>The Node of package.json.</summary>
    public static string Node => s_node;

    /// <summary>The folder of the packages.</summary>
    public static string Modules { get; } = Path.Combine(s_folder, "node_modules");

    /// <summary>What is missing and how to get it; <see langword="null"/> if nothing is missing.</summary>
    public static string? Missing { get; } =
        File.Exists(s_node) && File.Exists(s_program) && s_clients.All(client => Directory.Exists(Path.Combine(Modules, client)))
            ? null
            : $"The conformance suite is not installed. Run npm ci in {s_folder}.";

    /// <summary>
    /// Why its tests are skipped; <see langword="null"/> if they run. On CI they run and fail, because skips go unnoticed there.
    /// </summary>
    public static string? SkipReason { get; } = Environment.GetEnvironmentVariable("CI") == "true" ? null : Missing;

    /// <summary>Runs the suite.</summary>
    /// <param name="line">Called for each printed line, during the run.</param>
    /// <param name="arguments">Its command and options.</param>
    /// <returns>The exit code, and the complete output.</returns>
    public static async Task<(int Code, string Output)> RunAsync(Func<string, Task> line, params string[] arguments)
    {
        if (Missing is not null)
        {
            throw new InvalidOperationException(Missing);
        }

        using var limit = new CancellationTokenSource(s_limit);
        using var process = Process.Start(
            new ProcessStartInfo(s_node, [s_program, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            }
        )!;
        var errors = new ErrorOutput();
        process.ErrorDataReceived += (_, data) => errors.Add(data.Data ?? "");
        process.BeginErrorReadLine();
        var output = new List<string>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } read)
            {
                output.Add(read);
                await line(read);
            }

            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            throw errors.Failure($"The suite was not done within {s_limit}: {string.Join('\n', output)}", exception);
        }

        return (process.ExitCode, $"{string.Join('\n', output)}\n{errors}");
    }
}
