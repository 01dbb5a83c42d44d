using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.AppHost.Tests;

/// <summary>The whole system, started by the AppHost on separate ports, files and volumes.</summary>
internal sealed class RunningSystem : IAsyncDisposable
{
    // A resource that waits for a container that never starts waits indefinitely.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1.5);
    private static readonly string[] s_secrets = ["mcpoidc-secret", "mcpoidc-operator-key", "idp-client-secret", "redis-password"];
    private readonly DistributedApplication _app;
    private readonly string[] _resources;
    private readonly string[] _volumes;
    private readonly string _folder;

    private RunningSystem(IDistributedApplicationTestingBuilder builder, string folder)
    {
        _folder = folder;
        _resources =
        [
            .. builder
                .Resources.Where(resource => resource.Annotations.OfType<HealthCheckAnnotation>().Any())
                .Select(resource => resource.Name),
        ];
        _volumes =
        [
            .. builder
                .Resources.SelectMany(resource => resource.Annotations.OfType<ContainerMountAnnotation>())
                .Where(mount => mount.Type == ContainerMountType.Volume)
                .Select(mount => mount.Source!),
        ];
        _app = builder.Build();
    }

    /// <summary>The protected resource's public URL.</summary>
    public string Resource => new Uri(_app.GetEndpoint("mcp", "http"), "/mcp").AbsoluteUri;

    /// <summary>The authorization server's public URL.</summary>
    public string Issuer => _app.GetEndpoint("auth", "http").GetLeftPart(UriPartial.Authority);

    public int Port(string resource) => _app.GetEndpoint(resource, "http").Port;

    /// <summary>Starts the system and waits until all of it is healthy.</summary>
    /// <param name="arguments">The AppHost's arguments.</param>
    /// <param name="change">Changes the model before anything starts.</param>
    /// <param name="program">The AppHost; the real one by default.</param>
    public static async Task<RunningSystem> StartAsync(
        string[] arguments,
        Action<IDistributedApplicationTestingBuilder>? change = null,
        AppHostProgram? program = null
    )
    {
        using var limit = new CancellationTokenSource(s_patience);
        var folder = Directory.CreateTempSubdirectory("mcpoidc-apphost-").FullName;
        // Set here, so that nothing is written to user secrets.
        string[] own =
        [
            $"--DataFolder={folder}",
            .. s_secrets.Select(secret => $"--Parameters:{secret}={Guid.NewGuid():N}{Guid.NewGuid():N}"),
        ];
        var builder = await (program ?? AppHostProgram.Real).CreateAsync([.. own, .. arguments], limit.Token);
        // Otherwise each probe of a process that is not listening yet would be logged with its stack trace.
        builder.Services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
        change?.Invoke(builder);
        var system = new RunningSystem(builder, folder);
        try
        {
            await system._app.StartAsync(limit.Token);
            await system.WaitUntilHealthyAsync();
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilHealthyAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        foreach (var resource in _resources)
        {
            // After a restart, the previous state is still reported and would look like the final one.
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(resource, WaitBehavior.WaitOnResourceUnavailable, limit.Token);
        }
    }

    /// <summary>Executes one of our commands or one of the orchestrator's.</summary>
    /// <returns>The command's response.</returns>
    public async Task<string?> ExecuteAsync(string resource, string command)
    {
        using var limit = new CancellationTokenSource(s_patience);
        var result = await _app.ResourceCommands.ExecuteCommandAsync(resource, command, limit.Token);
        Assert.True(result.Success, $"{resource} {command}: {result.Message}");
        return result.Data?.Value;
    }

    public async Task RestartAsync(string resource)
    {
        await ExecuteAsync(resource, KnownResourceCommands.RestartCommand);
        await WaitUntilHealthyAsync();
    }

    /// <summary>The running instances of a resource by id, once there are that many.</summary>
    public async Task<IReadOnlyDictionary<string, CustomResourceSnapshot>> InstancesAsync(string resource, int count = 1)
    {
        using var limit = new CancellationTokenSource(s_patience);
        var found = new Dictionary<string, CustomResourceSnapshot>(StringComparer.Ordinal);
        await foreach (var state in _app.ResourceNotifications.WatchAsync(limit.Token))
        {
            if (
                state.Resource.Name == resource
                && state.Snapshot.Properties.Any(property => property is { Name: "executable.pid", Value: not null })
            )
            {
                found[state.ResourceId] = state.Snapshot;
            }

            if (found.Count == count)
            {
                return found;
            }
        }

        throw new InvalidOperationException($"{resource} has {found.Count} instances.");
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            await _app.StopAsync(limit.Token);
        }
        finally
        {
            await _app.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
            foreach (var volume in _volumes)
            {
                string[] removal = ["volume", "rm", "--force", volume];
                using var process = Process.Start(
                    new ProcessStartInfo(ContainersFactAttribute.Engine!, removal) { RedirectStandardOutput = true }
                )!;
                await process.WaitForExitAsync(limit.Token);
            }
        }
    }
}
