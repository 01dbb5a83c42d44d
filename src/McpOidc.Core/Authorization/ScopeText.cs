namespace McpOidc.Authorization;

/// <summary>Scopes as a space-separated string (RFC 6749 §3.3).</summary>
internal static class ScopeText
{
    /// <summary>Joins as many distinct scopes as fit into a maximum length, without truncating any.</summary>
    public static string[] Cut(IEnumerable<string> scopes, int length)
    {
        var room = length + 1;
        return [.. scopes.Distinct(StringComparer.Ordinal).TakeWhile(scope => (room -= scope.Length + 1) >= 0)];
    }
}
