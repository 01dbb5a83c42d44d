using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Storage;

/// <summary>
/// Refuses a Redis that lacks a command: at start, and where it was away then, in its health. Otherwise the first sign-in would find
/// out.
/// </summary>
internal sealed class RedisCommandsHostedService(IServiceProvider services) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>The name of the health check.</summary>
    public const string Name = "mcpoidc-redis";

    private bool _hasAll;

    // Not in the constructor: settings are validated after the services are built and before they start.
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
            // Away: /health says so.
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
            // The check of the store itself says so.
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

    /// <summary>One sentence and its remedy.</summary>
    /// <param name="missing">ACL rules.</param>
    public static string Describe(IReadOnlyList<string> missing)
    {
        string[] commands = [.. missing.Where(rule => rule[0] == '+').Select(rule => rule[1..].Replace('|', ' ').ToUpperInvariant())];
        var lacks =
            commands.Length > 0
                ? $"Redis lacks {string.Join(", ", commands)}, or the user of ConnectionStrings:redis may not use it."
                : "The user of ConnectionStrings:redis may not use the keys or channels of McpOidc:Redis:KeyPrefix.";
        return $"{lacks} Allow {string.Join(' ', missing)} (ACL SETUSER; the whole line is in docs/operations.md), or use a Redis that "
            + "has it.";
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
