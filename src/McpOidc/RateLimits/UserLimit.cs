using McpOidc.Audit;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.RateLimits;

/// <summary>Limits the authorization codes of one user, together with what the user's grants request.</summary>
internal sealed class UserLimit(RateLimiter limiter, RateLimitSet limits, AuditLog audit, ErrorPage errors)
{
    /// <returns><see langword="null"/> if another code may be issued; it is counted.</returns>
    public async ValueTask<IResult?> FindRefusalAsync(string subject, string clientId)
    {
        if (await limiter.SpendAsync(limits.User, subject) is not { } refusal)
        {
            return null;
        }

        audit.LimitReached(refusal, clientId);
        return TooManyRequests.Show(errors, refusal);
    }
}
