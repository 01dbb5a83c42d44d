using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Federation;

/// <summary>Reports an identity provider that rejects this server, as seen in users' sign-ins and refreshes. It sends no request, and no
/// load balancer should remove this process, because another would be no better.</summary>
internal sealed class IdentityProviderHealthCheck(IdentityProviders providers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = providers
            .All.Where(provider => provider.State.Problem is { Failure: IdentityProviderFailure.Misconfigured })
            .Select(provider => $"{provider.DisplayName} rejects this server: {provider.Explain(provider.State.Problem!)}")
            .ToList();
        return Task.FromResult(problems.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join(' ', problems)));
    }
}
