namespace McpOidc.Authorization;

/// <summary>The scopes that tokens for a resource can have, and their descriptions.</summary>
/// <param name="Known">All of them, identity scopes first.</param>
/// <param name="Default">The scopes for a client that requests none.</param>
/// <param name="Tools">The tools that each scope grants access to, by display name.</param>
internal sealed record ResourceScopes(
    IReadOnlyList<string> Known,
    IReadOnlyList<string> Default,
    IReadOnlyDictionary<string, string[]> Tools
);
