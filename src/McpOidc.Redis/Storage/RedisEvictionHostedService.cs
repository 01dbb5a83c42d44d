using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>Refuses a Redis that would forget sessions and revocations as a cache does.</summary>
internal sealed partial class RedisEvictionHostedService(IServiceProvider services, ILogger<RedisEvictionHostedService> log)
    : IHostedLifecycleService
{
    // Not in the constructor: settings are validated after the services are built and before they start.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<IMcpOidcStore>() is not MeasuredStore { Inner: RedisStore redis })
        {
            return;
        }

        try
        {
            if (await redis.FindEvictionPoliciesAsync(cancellationToken) is not { } policies)
            {
                NotChecked(log, RedisRights.Command(RedisRights.Info));
                return;
            }

            foreach (var (server, policy) in policies)
            {
                Check(server, policy);
            }
        }
        catch (StoreUnavailableException)
        {
            // Away: /health says so.
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Why the server does not start with a Redis that behaves like this, or <see langword="null"/> when it does.</summary>
    public static (string Message, string Remedy)? Refusal(string server, string policy) =>
        policy.StartsWith("allkeys-", StringComparison.Ordinal)
            ? (
                $"Redis at {server} has maxmemory-policy {policy}: when full, it drops sessions and signing keys of its own accord.",
                "Set maxmemory-policy to noeviction, or use a Redis of its own for McpOidc."
            )
            : null;

    private void Check(string server, string policy)
    {
        if (Refusal(server, policy) is { } refusal)
        {
            throw new StartException($"{refusal.Message} {refusal.Remedy}");
        }

        if (policy.StartsWith("volatile-", StringComparison.Ordinal))
        {
            Evicts(log, server, policy);
        }
    }

    [LoggerMessage(
        2701,
        LogLevel.Warning,
        "Redis at {Server} has maxmemory-policy {Policy}: when full, it drops records before their end, and people are signed out. Set "
            + "maxmemory-policy to noeviction."
    )]
    private static partial void Evicts(ILogger log, string server, string policy);

    [LoggerMessage(
        2702,
        LogLevel.Warning,
        "What Redis does when its memory is full could not be found out: the user of ConnectionStrings:redis may not use INFO. Allow "
            + "{Right} (ACL SETUSER), or see to it that maxmemory-policy is noeviction."
    )]
    private static partial void NotChecked(ILogger log, string right);
}
