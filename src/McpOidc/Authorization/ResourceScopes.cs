namespace McpOidc.Authorization;

/// <summary>The scopes that tokens for one resource can have, and what each means to a person.</summary>
/// <param name="Known">All of them: those of identity first.</param>
/// <param name="Default">What a client gets that asks for nothing.</param>
/// <param name="Tools">The tools that a scope opens, as people read them.</param>
internal sealed record ResourceScopes(
    IReadOnlyList<string> Known,
    IReadOnlyList<string> Default,
    IReadOnlyDictionary<string, string[]> Tools
);
