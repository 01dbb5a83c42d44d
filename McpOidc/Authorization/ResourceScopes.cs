namespace McpOidc.Authorization;

/// <summary>The scopes that tokens for one resource can have, and what each means to a person.</summary>
/// <param name="Known">All of them: those of identity first.</param>
/// <param name="Default">What a client gets that asks for nothing.</param>
/// <param name="Tools">The tools that a scope opens, as people read them.</param>
internal sealed record ResourceScopes(IReadOnlyList<string> Known, IReadOnlyList<string> Default, IReadOnlyDictionary<string, string[]> Tools)
{
    private const int MaximumNamed = 8;

    /// <summary>The known ones of a space-separated list, each once. Unknown scopes are left out: the token response says what was granted (RFC 6749 §3.3).</summary>
    public IReadOnlyList<string> Among(string? scope)
        => [.. (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(Known.Contains).Distinct(StringComparer.Ordinal)];

    /// <summary>A scope in words, for the consent page.</summary>
    public string Describe(string scope) => scope switch
    {
        "openid" => "Know who you are: an identifier that is always the same for you",
        "email" => "See your e-mail address",
        "profile" => "See your name and picture",
        "offline_access" => "Stay signed in, also while you are away",
        _ when Tools.TryGetValue(scope, out var tools) => $"Use these tools on your behalf: {Name(tools)} ({scope})",
        _ => $"Use “{scope}” on your behalf",
    };

    private static string Name(string[] tools)
        => string.Join(", ", tools.Take(MaximumNamed).Select(tool => $"“{tool}”")) + (tools.Length > MaximumNamed ? $" and {tools.Length - MaximumNamed} more" : "");
}
