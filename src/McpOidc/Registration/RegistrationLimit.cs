using McpOidc.Audit;
using McpOidc.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>How many clients may be added to the store: open registration is the one thing that strangers can fill it by.</summary>
internal sealed class RegistrationLimit(
    RegistrationGate gate,
    RateLimiter limiter,
    RateLimitSet limits,
    CallerAddress addresses,
    AuditLog audit
)
{
    /// <returns><see langword="null"/> when the address may register one more.</returns>
    public async ValueTask<IResult?> FindRefusalAsync(HttpContext context) =>
        Refuse(context, await limiter.SpendAsync(limits.RegistrationsOfAddress, gate.KnowsWhoAsks ? null : addresses.KeyOf(context)));

    /// <returns><see langword="null"/> when one more may be stored. One that is not stored takes nothing from others.</returns>
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

    /// <summary>A registration is changed by who holds its token, and each change is a write.</summary>
    /// <returns><see langword="null"/> when it may be changed once more.</returns>
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
