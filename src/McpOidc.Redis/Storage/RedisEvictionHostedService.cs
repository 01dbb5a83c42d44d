using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>Rejects a Redis that would evict browser sessions and revocations like a cache.</summary>
internal sealed partial class RedisEvictionHostedService(IServiceProvider services, ILogger<RedisEvictionHostedService> log)
    : IHostedLifecycleService
{
    // Not in the constructor: settings are validated after services are created and before they start.
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
            // Unreachable: /health reports it.
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Why the server does not start with this eviction policy; <see langword="null"/> if it does.</summary>
    public static (string Message, string Remedy)? Refusal(string server, string policy) =>
        policy.StartsWith("allkeys-", StringComparison.Ordinal)
            ? (
                $"Redis at {server} has maxmemory-policy {policy}: when full, it evicts grants and signing keys.",
                "Set maxmemory-policy to noeviction, or use a separate Redis for McpOidc."
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
        "Redis at {Server} has maxmemory-policy {Policy}: when full, it evicts records before they expire, which signs users out. Set "
            + "maxmemory-policy to noeviction."
    )]
    private static partial void Evicts(ILogger log, string server, string policy);

    [LoggerMessage(
        2702,
        LogLevel.Warning,
        "The eviction policy of Redis is unknown, because the user in ConnectionStrings:redis has no permission for INFO. Allow "
            + "{Right} (ACL SETUSER), or make sure that maxmemory-policy is noeviction."
    )]
    private static partial void NotChecked(ILogger log, string right);
}
