using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Storage;

/// <summary>
/// Rejects a Redis that lacks a required command: at start or, if it was unreachable then, through the health check. Otherwise the first
/// sign-in would fail.
/// </summary>
internal sealed class RedisCommandsHostedService(IServiceProvider services) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>The name of the health check.</summary>
    public const string Name = "mcpoidc-redis";

    private bool _hasAll;

    // Not in the constructor: settings are validated after services are created and before they start.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await FindProblemAsync(cancellationToken) is { } problem)
            {
                throw new StartException(problem);
            }
        }
        catch (StoreUnavailableException)
        {
            // Unreachable: /health reports it.
        }
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await FindProblemAsync(cancellationToken) is { } problem
                ? new HealthCheckResult(context.Registration.FailureStatus, problem)
                : HealthCheckResult.Healthy();
        }
        catch (StoreUnavailableException)
        {
            // The store's own health check reports it.
            return HealthCheckResult.Healthy();
        }
    }

    private async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        if (_hasAll || services.GetRequiredService<IMcpOidcStore>() is not MeasuredStore { Inner: RedisStore redis })
        {
            return null;
        }

        var missing = await redis.FindMissingRightsAsync(cancellationToken);
        _hasAll = missing.Count == 0;
        return _hasAll ? null : Describe(missing);
    }

    /// <summary>The problem in one sentence, and its remedy.</summary>
    /// <param name="missing">ACL rules.</param>
    public static string Describe(IReadOnlyList<string> missing)
    {
        string[] commands = [.. missing.Where(rule => rule[0] == '+').Select(rule => rule[1..].Replace('|', ' ').ToUpperInvariant())];
        var lacks =
            commands.Length > 0
                ? $"Redis lacks {string.Join(", ", commands)}, or the user in ConnectionStrings:redis has no permission for it."
                : "The user in ConnectionStrings:redis has no permission for the keys or channels of McpOidc:Redis:KeyPrefix.";
        return $"{lacks} Allow {string.Join(' ', missing)} (ACL SETUSER; docs/runbooks-store.md has the complete command), or use a "
            + "Redis that supports it.";
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
