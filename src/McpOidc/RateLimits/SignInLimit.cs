using McpOidc.Audit;
using Microsoft.AspNetCore.Http;

namespace McpOidc.RateLimits;

/// <summary>How many sign-ins may begin from one address: each is work, and is stored while the person is away.</summary>
internal sealed class SignInLimit(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, AuditLog audit)
{
    /// <returns><see langword="null"/> when one more may begin; it is counted.</returns>
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
