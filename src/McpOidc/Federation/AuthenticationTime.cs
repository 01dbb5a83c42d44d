using System.Text.Json.Nodes;
using McpOidc.Keys;

namespace McpOidc.Federation;

/// <summary>When a user authenticated to the identity provider (<c>auth_time</c>, OpenID Connect Core §2).</summary>
internal static class AuthenticationTime
{
    /// <returns><see langword="null"/> if the provider does not report it, like Google and GitHub, or reports a time in the future, which
    /// would satisfy any requested age.</returns>
    public static DateTimeOffset? In(JsonObject claims, DateTimeOffset now) =>
        claims["auth_time"] is JsonValue value
        && value.TryGetValue<long>(out var seconds)
        && seconds > 0
        && seconds <= (now + JwtTimes.Skew).ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
