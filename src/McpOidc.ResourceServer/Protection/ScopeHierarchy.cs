namespace McpOidc.Protection;

/// <summary>The scopes included in other scopes (MCP 2026-07-28, Authorization: a server accounts for its hierarchy when it
/// decides).</summary>
internal sealed class ScopeHierarchy(IEnumerable<string> rules)
{
    private readonly Dictionary<string, string[]> _includes = rules
        .Select(Parse)
        .OfType<(string Scope, string[] Includes)>()
        .GroupBy(rule => rule.Scope, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.SelectMany(rule => rule.Includes).ToArray(), StringComparer.Ordinal);

    /// <summary>The scopes of a token, and all that they include.</summary>
    public HashSet<string> Expand(IEnumerable<string> scopes)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(scopes);
        while (open.TryPop(out var scope))
        {
            if (all.Add(scope) && _includes.TryGetValue(scope, out var included))
            {
                Array.ForEach(included, open.Push);
            }
        }

        return all;
    }

    /// <summary>Parses <c>files:write &gt; files:read files:list</c>.</summary>
    /// <returns><see langword="null"/> if the format is wrong.</returns>
    public static (string Scope, string[] Includes)? Parse(string rule) =>
        rule.Split('>', StringSplitOptions.TrimEntries) is [{ Length: > 0 } scope, { Length: > 0 } included]
        && !scope.Contains(' ', StringComparison.Ordinal)
            ? (scope, included.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : null;
}
