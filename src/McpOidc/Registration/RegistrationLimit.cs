using McpOidc.Audit;
using McpOidc.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>Limits how many clients may be added to the store, which open registration would otherwise let attackers fill.</summary>
internal sealed class RegistrationLimit(
    RegistrationGate gate,
    RateLimiter limiter,
    RateLimitSet limits,
    CallerAddress addresses,
    AuditLog audit
)
{
    /// <returns><see langword="null"/> if the address may register another.</returns>
    public async ValueTask<IResult?> FindRefusalAsync(HttpContext context) =>
        Refuse(context, await limiter.SpendAsync(limits.RegistrationsOfAddress, gate.KnowsWhoAsks ? null : addresses.KeyOf(context)));

    /// <returns><see langword="null"/> if another may be stored. A client that is not stored uses no budget.</returns>
    public async ValueTask<IResult?> FindRefusalToStoreAsync(HttpContext context) =>
        Refuse(context, await limiter.SpendAsync(limits.Registrations, RateLimitSet.Everybody));

    private IResult? Refuse(HttpContext context, RateLimitRefusal? refusal)
    {
        if (refusal is null)
        {
            return null;
        }

        audit.LimitReached(refusal, sent: null);
        return TooManyRequests.Answer(context, refusal);
    }

    /// <summary>The holder of a registration's token can change it, and each change is a write.</summary>
    /// <returns><see langword="null"/> if it may be changed again.</returns>
    public async ValueTask<IResult?> FindRefusalOfChangeAsync(HttpContext context, string clientId)
    {
        if (await limiter.SpendAsync(limits.ChangesOfRegistration, clientId) is not { } refusal)
        {
            return null;
        }

        audit.LimitReached(refusal, clientId);
        return TooManyRequests.Answer(context, refusal);
    }
}
