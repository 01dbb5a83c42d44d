using McpOidc.Audit;
using McpOidc.RateLimits;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Limits wrong user codes (RFC 8628 §5.1) by person and by address. Each address has a separate count: what strangers there send
/// to other endpoints does not keep its people from entering a code.</summary>
internal sealed class UserCodeLimit(RateLimiter limiter, RateLimitSet limits, CallerAddress addresses, AuditLog audit)
{
    /// <returns><see langword="null"/> if another code may be tried.</returns>
    public ValueTask<RateLimitRefusal?> FindRefusalAsync(HttpContext http, string subject) =>
        new(Note(limiter.Find(limits.WrongUserCodes, subject) ?? limiter.Find(limits.FailuresOfAddress, KeyOf(http))));

    /// <summary>Counts a wrong code.</summary>
    public async ValueTask CountAsync(HttpContext http, string subject)
    {
        await limiter.SpendAsync(limits.WrongUserCodes, subject);
        await limiter.SpendAsync(limits.FailuresOfAddress, KeyOf(http));
    }

    /// <summary>Counts a new grant, as for an authorization code.</summary>
    public async ValueTask<RateLimitRefusal?> SpendAsync(string subject) => Note(await limiter.SpendAsync(limits.User, subject));

    private string? KeyOf(HttpContext http) => addresses.KeyOf(http) is { } address ? $"{address}\nuser codes" : null;

    private RateLimitRefusal? Note(RateLimitRefusal? refusal)
    {
        if (refusal is not null)
        {
            audit.LimitReached(refusal, sent: null);
        }

        return refusal;
    }
}
