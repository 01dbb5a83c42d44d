using System.Diagnostics;
using System.Text.Json.Nodes;

namespace McpOidc.Tests.Interop;

/// <summary>A running script from this folder: JSON lines in, JSON lines out. It ends when its standard input closes, so it cannot outlive
/// a killed test run.</summary>
public sealed class NodeProgram : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _script;
    private readonly Process _process;
    private readonly ErrorOutput _errors = new();

    private NodeProgram(string script, Process process)
    {
        _script = script;
        _process = process;
        process.ErrorDataReceived += (_, data) => _errors.Add(data.Data ?? "");
        process.BeginErrorReadLine();
    }

    /// <summary>What the program wrote to its standard error.</summary>
    public ErrorOutput Errors => _errors;

    public static NodeProgram Start(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(NodeRequirement.RequireProgram())
        {
            WorkingDirectory = NodeRequirement.ScriptsFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] all = [Path.Combine(NodeRequirement.ScriptsFolder, script), .. arguments];
        foreach (var argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[NodeRequirement.ModulesVariable] = NodeRequirement.ModulesFolder;
        return new NodeProgram(script, Process.Start(start)!);
    }

    /// <summary>Sends one command.</summary>
    public async Task WriteAsync(JsonObject command)
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            await _process.StandardInput.WriteLineAsync(command.ToJsonString().AsMemory(), limit.Token);
            await _process.StandardInput.FlushAsync(limit.Token);
        }
        catch (IOException exception)
        {
            throw _errors.Failure($"{_script} no longer listens.", exception);
        }
    }

    /// <summary>Reads the next answer. Fails if the program ends, reports an error, or takes too long.</summary>
    public async Task<JsonObject> ReadAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync(limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw _errors.Failure($"{_script} said nothing for {s_patience}.", exception);
        }

        if (line is null)
        {
            await _process.WaitForExitAsync(limit.Token);
            throw _errors.Failure($"{_script} ended with code {_process.ExitCode}.");
        }

        var answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is { } error ? throw _errors.Failure($"{_script}: {error}") : answer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }
}
