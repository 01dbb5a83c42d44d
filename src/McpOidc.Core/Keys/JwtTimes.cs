using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>When a JWT that somebody sends us once is in time, by the clock of the host.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="MaximumLifetime">How far ahead it may end: whatever is valid for long has to be remembered for as long.</param>
/// <param name="Refused">Told of one that is not.</param>
/// <param name="What">What it is, for the log.</param>
internal sealed record JwtTimes(TimeProvider Clock, TimeSpan MaximumLifetime, RefusedTimes Refused, string What)
{
    /// <summary>How much the clock of the one who made it may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>A <see cref="LifetimeValidator"/>.</summary>
    public bool AreCurrent(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = Clock.GetUtcNow().UtcDateTime;
        var begins = Later(notBefore ?? DateTime.MinValue, ((JsonWebToken)token).IssuedAt);
        if (begins > now + Skew)
        {
            Refused.Early(What, new DateTimeOffset(begins, TimeSpan.Zero));
            return false;
        }

        if (expires is { } end && end + Skew <= now)
        {
            Refused.Late(What, new DateTimeOffset(end, TimeSpan.Zero));
            return false;
        }

        return expires <= now + MaximumLifetime + Skew;
    }

    /// <summary>When it is refused as expired.</summary>
    public static DateTimeOffset EndOf(JsonWebToken token) => new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + Skew;

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;
}
