namespace McpOidc.Authorization;

/// <summary>The scopes that tokens for one resource can have, and what each means to a person.</summary>
/// <param name="Known">All of them: those of identity first.</param>
/// <param name="Default">What a client gets that asks for nothing.</param>
/// <param name="Tools">The tools that a scope opens, as people read them.</param>
internal sealed record ResourceScopes(
    IReadOnlyList<string> Known,
    IReadOnlyList<string> Default,
    IReadOnlyDictionary<string, string[]> Tools
)
{
    /// <summary>Why a request is <c>invalid_scope</c>.</summary>
    public const string NoneIsLeft = "None of the scopes asked for can be granted for this resource.";

    /// <summary>Whether a request names no scope at all, and gets the default ones (RFC 6749 §3.3).</summary>
    public static bool IsNone(string? scope) => (scope ?? "").Trim(' ').Length == 0;

    /// <summary>The known ones of a space-separated list, each once. Unknown scopes are left out: the token response says what was granted
    /// (RFC 6749 §3.3).</summary>
    public IReadOnlyList<string> Among(string? scope) =>
        [.. (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(Known.Contains).Distinct(StringComparer.Ordinal)];
}
