using System.Security.Claims;

namespace McpOidc.Protection;

/// <summary>The scopes of a verified token.</summary>
internal static class TokenScopes
{
    public static string[] Of(ClaimsPrincipal user) =>
        (user.FindFirst("scope")?.Value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
