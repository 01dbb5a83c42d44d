using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Storage;

/// <summary>Whether the store answers: without it nobody can sign in, and a load balancer should know.</summary>
internal sealed class StoreHealthCheck(IMcpOidcStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.GetAsync(StoreKeys.HealthProbe, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (StoreUnavailableException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The store cannot be reached.", exception);
        }
    }
}
