using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;

namespace McpOidc.AppHost.Tests;

/// <summary>Pauses a process and its children until disposed.</summary>
internal sealed class PausedProcess : IDisposable
{
    private readonly IReadOnlyList<int> _processes;

    public PausedProcess(CustomResourceSnapshot instance)
    {
        var property = instance.Properties.Single(property => property.Name == "executable.pid");
        var process = Convert.ToInt32(property.Value, CultureInfo.InvariantCulture);
        _processes = [process, .. Children(process)];
        Signal("STOP");
    }

    public void Dispose() => Signal("CONT");

    private static IEnumerable<int> Children(int process) =>
        Directory
            .EnumerateDirectories($"/proc/{process}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", .. _processes.Select(process => $"{process}")]);
        kill.WaitForExit();
    }
}
