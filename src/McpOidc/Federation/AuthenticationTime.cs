using System.Text.Json.Nodes;
using McpOidc.Keys;

namespace McpOidc.Federation;

/// <summary>When a person proved to the identity provider who they are (<c>auth_time</c>, OpenID Connect Core §2).</summary>
internal static class AuthenticationTime
{
    /// <returns><see langword="null"/> where the provider does not say, as Google and GitHub, or says what cannot be: a moment to
    /// come would be younger than any that is asked for.</returns>
    public static DateTimeOffset? In(JsonObject claims, DateTimeOffset now) =>
        claims["auth_time"] is JsonValue value
        && value.TryGetValue<long>(out var seconds)
        && seconds > 0
        && seconds <= (now + JwtTimes.Skew).ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
