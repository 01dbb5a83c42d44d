using System.ComponentModel;
using System.Diagnostics;

namespace McpOidc.AppHost.Tests;

/// <summary>A test that needs a container engine: skipped with the reason if none responds; with <c>CI=true</c> it fails instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ContainersFactAttribute : FactAttribute
{
    public ContainersFactAttribute()
    {
        if (Engine is null && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = "No container engine answers: start Docker or Podman.";
        }
    }

    /// <summary>The first engine that responds, in the order in which Aspire tries them.</summary>
    public static string? Engine { get; } = new[] { "docker", "podman" }.FirstOrDefault(Answers);

    private static bool Answers(string engine)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(engine, "info") { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
