namespace McpOidc.Authorization;

/// <summary>
/// Decides about the requested scopes. All endpoints use this function; <see cref="ScopeRules"/> has their differences, and
/// <c>docs/scopes.md</c> has the table.
/// </summary>
/// <param name="Reach">The scopes that can be granted.</param>
/// <param name="Default">The scopes for a request that names none (RFC 6749 §3.3).</param>
internal sealed record ScopeRule(IReadOnlyCollection<string> Reach, IReadOnlyCollection<string> Default)
{
    /// <summary>Why a request is <c>invalid_scope</c>.</summary>
    public const string NoneIsLeft = "None of the requested scopes can be granted.";

    /// <summary>Scopes that are ignored: a request with only these names none.</summary>
    public IReadOnlyCollection<string> Unheard { get; init; } = [];

    /// <summary>Scopes that make the request invalid; others out of reach are dropped, and the response lists what was granted.</summary>
    public IReadOnlyCollection<string> Refused { get; init; } = [];

    /// <summary>Scopes added for a client that would not request them later.</summary>
    public IReadOnlyCollection<string> Beside { get; init; } = [];

    /// <summary>Whether a request from which everything was dropped counts as naming none, instead of <c>invalid_scope</c>.</summary>
    public bool FallsBack { get; init; }

    /// <summary>The granted scopes.</summary>
    /// <returns><see langword="null"/> for <c>invalid_scope</c>.</returns>
    public string[]? Decide(string? asked)
    {
        string[] heard = [.. (asked ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(Unheard, StringComparer.Ordinal)];
        if (heard.Any(Refused.Contains))
        {
            return null;
        }

        string[] within = [.. heard.Where(Reach.Contains)];
        return within.Length > 0 ? [.. within.Union(Beside)]
            : heard.Length == 0 || FallsBack ? [.. Default.Union(Beside)]
            : null;
    }
}
