using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace McpOidc.AppHost;

/// <summary>The container engine that Aspire would use: whether it can start a container, and has an image.</summary>
internal sealed class ContainerEngine(IConfiguration configuration)
{
    private const string Probe = "mcpoidc-probe";
    private const int CommandNotFound = 127;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // The digest of an empty archive.
    private static readonly byte[] s_emptyImage = new byte[1024];
    private Task<(string? Name, string? Problem)>? _engine;

    /// <summary>Why a container of that image cannot run here; <see langword="null"/> if it can.</summary>
    public async Task<string?> WhyNotAsync(string image)
    {
        var (engine, problem) = await (_engine ??= FindAsync());
        return engine is null ? problem
            : await RunAsync(engine, ["image", "inspect", image]) == 0 || await RunAsync(engine, ["manifest", "inspect", image]) == 0 ? null
            : $"{engine} has no image {image} and cannot pull it";
    }

    private async Task<(string? Name, string? Problem)> FindAsync()
    {
        // The order in which Aspire itself looks.
        var chosen = configuration["ASPIRE_CONTAINER_RUNTIME"] ?? configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"];
        string[] engines = chosen is { Length: > 0 } ? [chosen] : ["docker", "podman"];
        foreach (var engine in engines)
        {
            // "info" talks to the daemon; "--version" would not.
            if (await RunAsync(engine, ["info"]) == 0)
            {
                return await StartsContainersAsync(engine) ? (engine, null) : (null, $"{engine} responds but cannot start a container");
            }
        }

        return (null, $"no container engine responds ({string.Join(", ", engines)})");
    }

    // An engine that reports the missing command in an empty image has created a container. Podman without permission to set resource
    // limits answers "info" but fails here with 126.
    private static async Task<bool> StartsContainersAsync(string engine)
    {
        if (await RunAsync(engine, ["import", "-", Probe], s_emptyImage) != 0)
        {
            return false;
        }

        var exitCode = await RunAsync(engine, ["run", "--rm", "--network", "none", Probe, "/nothing"]);
        await RunAsync(engine, ["rmi", Probe]);
        return exitCode == CommandNotFound;
    }

    /// <returns>The exit code; <see langword="null"/> if it is not installed or does not respond.</returns>
    private static async Task<int?> RunAsync(string engine, string[] arguments, byte[]? input = null)
    {
        using var limit = new CancellationTokenSource(s_patience);
        var start = new ProcessStartInfo(engine, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input ?? [], limit.Token);
                process.StandardInput.Close();
                await Task.WhenAll(
                    process.StandardOutput.ReadToEndAsync(limit.Token),
                    process.StandardError.ReadToEndAsync(limit.Token),
                    process.WaitForExitAsync(limit.Token)
                );
                return process.ExitCode;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return null;
            }
            catch (IOException)
            {
                // It exited without reading.
                return null;
            }
        }
        catch (Win32Exception)
        {
            // It is not installed.
            return null;
        }
    }
}
