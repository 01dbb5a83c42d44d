using System.ComponentModel;
using System.Diagnostics;

namespace McpOidc.AppHost.Tests;

/// <summary>A test that needs a container engine: skipped with the reason where none answers, failing there with <c>CI=true</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ContainersFactAttribute : FactAttribute
{
    private static readonly bool s_answers = Answers("docker") || Answers("podman");

    public ContainersFactAttribute()
    {
        if (!s_answers && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Skip = "No container engine answers: start Docker or Podman.";
        }
    }

    private static bool Answers(string engine)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(engine, "info") { RedirectStandardOutput = true, RedirectStandardError = true })!;
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
