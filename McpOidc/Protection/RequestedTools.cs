namespace McpOidc.Protection;

/// <summary>The scopes that the tools named in this request need, for the decision and for the challenge.</summary>
/// <param name="Scopes">All of them.</param>
internal sealed record RequestedTools(IReadOnlyList<string> Scopes)
{
    public static IReadOnlyList<string> ScopesOf(Microsoft.AspNetCore.Http.HttpContext context) => context.Features.Get<RequestedTools>()?.Scopes ?? [];
}
