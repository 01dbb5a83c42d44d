namespace McpOidc.Authorization;

/// <summary>
/// What becomes of the scopes that a request asks for. Every endpoint decides by this one function; in what they differ <see
/// cref="ScopeRules"/> says, and the table of it is in <c>docs/conformance.md</c>.
/// </summary>
/// <param name="Reach">What can be given.</param>
/// <param name="Default">What is given to a request that names none (RFC 6749 §3.3).</param>
internal sealed record ScopeRule(IReadOnlyCollection<string> Reach, IReadOnlyCollection<string> Default)
{
    /// <summary>Why a request is <c>invalid_scope</c>.</summary>
    public const string NoneIsLeft = "None of the scopes asked for can be granted here.";

    /// <summary>What is not heard: a request that names nothing else names none.</summary>
    public IReadOnlyCollection<string> Unheard { get; init; } = [];

    /// <summary>What nobody may ask for here; whatever else is out of reach is left out, and the answer says what was granted.</summary>
    public IReadOnlyCollection<string> Refused { get; init; } = [];

    /// <summary>What is given beside, to a client that would not come back for it.</summary>
    public IReadOnlyCollection<string> Beside { get; init; } = [];

    /// <summary>Whether a request of which nothing is left is one that names none, and not <c>invalid_scope</c>.</summary>
    public bool FallsBack { get; init; }

    /// <summary>What a request is given.</summary>
    /// <returns><see langword="null"/> for one that is <c>invalid_scope</c>.</returns>
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
