using McpOidc.Token;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Storage;

/// <summary>
/// Reports whether the store responds: without it, sign-in is impossible, and a load balancer should know. A store that responds but
/// accepts no writes is only degraded: calls still work, and another process would be no better.
/// </summary>
internal sealed class StoreHealthCheck(IMcpOidcStore store, StoreWrites writes, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan s_probeLifetime = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.GetAsync(StoreKeys.HealthProbe, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The store is unreachable.", exception);
        }

        return writes.AreFailing && !await TryWriteAsync(cancellationToken)
            ? HealthCheckResult.Degraded("The store accepts no writes.")
            : HealthCheckResult.Healthy();
    }

    // Only after a failed write, because a health request needs no token and must not cause load.
    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            var key = StoreKeys.WriteProbe(OpaqueToken.CreateId());
            await store.AddAsync(key, new StoreWrite(new byte[1], clock.GetUtcNow() + s_probeLifetime), cancellationToken);
            await store.RemoveAsync(key, expectedVersion: null, cancellationToken);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
