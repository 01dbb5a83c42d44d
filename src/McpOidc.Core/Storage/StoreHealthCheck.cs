using McpOidc.Token;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Storage;

/// <summary>
/// Whether the store answers: without it nobody can sign in, and a load balancer should know. One that answers but takes no writes is
/// degraded and no more: calls go on, and another process would fare no better.
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
            return new HealthCheckResult(context.Registration.FailureStatus, "The store cannot be reached.", exception);
        }

        return writes.AreFailing && !await TryWriteAsync(cancellationToken)
            ? HealthCheckResult.Degraded("The store takes no writes.")
            : HealthCheckResult.Healthy();
    }

    // Only after a write has failed: who asks for health needs no token, and is not to make work.
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
