using McpOidc.Audit;
using Microsoft.AspNetCore.Http;

namespace McpOidc.RateLimits;

/// <summary>Limits the sign-ins started from one address: each costs work, and is stored while the user is at the provider.</summary>
internal sealed class SignInLimit(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, AuditLog audit)
{
    /// <returns><see langword="null"/> if another may start; it is counted.</returns>
    public async ValueTask<IResult?> FindRefusalAsync(HttpContext http, string? clientId)
    {
        if (await limiter.SpendAsync(limits.AuthorizationsOfAddress, addresses.KeyOf(http)) is not { } refusal)
        {
            return null;
        }

        audit.LimitReached(refusal, clientId);
        return TooManyRequests.Answer(http, refusal);
    }
}
