using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>When a JWT that somebody sends us once is in time, by the clock of the host.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="MaximumLifetime">How far ahead it may end: whatever is valid for long has to be remembered for as long.</param>
internal sealed record JwtTimes(TimeProvider Clock, TimeSpan MaximumLifetime)
{
    /// <summary>How much the clock of the one who made it may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>A <see cref="LifetimeValidator"/>.</summary>
    public bool AreCurrent(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = Clock.GetUtcNow().UtcDateTime;
        return expires + Skew > now
            && expires <= now + MaximumLifetime + Skew
            && (notBefore is null || notBefore <= now + Skew)
            && ((JsonWebToken)token).IssuedAt <= now + Skew;
    }

    /// <summary>When it is refused as expired.</summary>
    public static DateTimeOffset EndOf(JsonWebToken token) => new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + Skew;
}
