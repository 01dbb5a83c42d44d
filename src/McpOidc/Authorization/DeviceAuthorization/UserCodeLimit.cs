using McpOidc.Audit;
using McpOidc.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>How often a code may be typed that is none (RFC 8628 §5.1): by one person, and from one address.</summary>
internal sealed class UserCodeLimit(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, AuditLog audit)
{
    /// <returns><see langword="null"/> when one more may be tried.</returns>
    public ValueTask<RateLimitRefusal?> FindRefusalAsync(HttpContext http, string subject) =>
        new(Note(limiter.Find(limits.WrongUserCodes, subject) ?? limiter.Find(limits.FailuresOfAddress, addresses.KeyOf(http))));

    /// <summary>Counts a wrong one.</summary>
    public async ValueTask CountAsync(HttpContext http, string subject)
    {
        await limiter.SpendAsync(limits.WrongUserCodes, subject);
        await limiter.SpendAsync(limits.FailuresOfAddress, addresses.KeyOf(http));
    }

    /// <summary>Counts what is given, as a code is counted.</summary>
    public async ValueTask<RateLimitRefusal?> SpendAsync(string subject) => Note(await limiter.SpendAsync(limits.User, subject));

    private RateLimitRefusal? Note(RateLimitRefusal? refusal)
    {
        if (refusal is not null)
        {
            audit.LimitReached(refusal, sent: null);
        }

        return refusal;
    }
}
