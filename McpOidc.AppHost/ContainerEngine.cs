using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace McpOidc.AppHost;

/// <summary>Whether containers can run here. Without this, whatever waits for one waits for ever and nothing is logged.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads <c>--Containers</c> (environment: <c>Containers</c>), and asks the engine.</summary>
    public static async Task<bool> IsWantedAndAnswersAsync(IConfiguration configuration)
    {
        if (!configuration.GetValue("Containers", true))
        {
            return false;
        }

        // The order in which Aspire itself looks.
        string[] engines = (configuration["ASPIRE_CONTAINER_RUNTIME"] ?? configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"]) is { Length: > 0 } chosen ? [chosen] : ["docker", "podman"];
        foreach (var engine in engines)
        {
            if (await AnswersAsync(engine))
            {
                return true;
            }
        }

        Console.WriteLine($"No container engine answers ({string.Join(", ", engines)}). The system runs on the demo identity provider and a SQLite file; start Docker or Podman to have Keycloak and Redis, or pass --Containers=false to ask for this.");
        return false;
    }

    private static async Task<bool> AnswersAsync(string engine)
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            // "info" talks to the daemon; "--version" would not.
            using var process = Process.Start(new ProcessStartInfo(engine, "info") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token), process.WaitForExitAsync(limit.Token));
                return process.ExitCode == 0;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return false;
            }
        }
        catch (Win32Exception)
        {
            // It is not installed.
            return false;
        }
    }
}
