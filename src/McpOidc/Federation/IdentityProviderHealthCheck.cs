using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Federation;

/// <summary>Whether an identity provider refuses this server, as people's sign-ins and refreshes have shown. Nobody is asked for it, and no
/// load balancer should take this process away: another would fare no better.</summary>
internal sealed class IdentityProviderHealthCheck(IdentityProviders providers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = providers
            .All.Where(provider => provider.State.Problem is { Failure: IdentityProviderFailure.Misconfigured })
            .Select(provider => $"{provider.DisplayName} refuses this server: {provider.Explain(provider.State.Problem!)}")
            .ToList();
        return Task.FromResult(problems.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join(' ', problems)));
    }
}
