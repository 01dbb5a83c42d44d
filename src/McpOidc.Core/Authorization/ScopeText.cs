namespace McpOidc.Authorization;

/// <summary>Scopes as one text (RFC 6749 §3.3).</summary>
internal static class ScopeText
{
    /// <summary>As many of them, each once and each whole, as fit into a length.</summary>
    public static string[] Cut(IEnumerable<string> scopes, int length)
    {
        var room = length + 1;
        return [.. scopes.Distinct(StringComparer.Ordinal).TakeWhile(scope => (room -= scope.Length + 1) >= 0)];
    }
}
