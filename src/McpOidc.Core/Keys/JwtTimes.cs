using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>Checks the validity period of a single-use JWT against the host's clock.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="MaximumLifetime">The maximum remaining lifetime, because its id must be remembered until it expires.</param>
/// <param name="Refused">Logs rejections.</param>
/// <param name="What">Its name in the log.</param>
internal sealed record JwtTimes(TimeProvider Clock, TimeSpan MaximumLifetime, RefusedTimes Refused, string What)
{
    /// <summary>The accepted clock skew.</summary>
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

    /// <summary>When it is rejected as expired.</summary>
    public static DateTimeOffset EndOf(JsonWebToken token) => new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + Skew;

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;
}
