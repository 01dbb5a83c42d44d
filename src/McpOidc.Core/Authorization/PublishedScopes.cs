using McpOidc.Configuration;
using McpOidc.Token;

namespace McpOidc.Authorization;

/// <summary>What a protected MCP server tells the authorization server of itself, through the store that both share.</summary>
internal sealed record PublishedScopes
{
    /// <summary>What a client needs to begin with.</summary>
    public required string[] Base { get; init; }

    /// <summary>Everything that the server may ask for.</summary>
    public required string[] All { get; init; }

    /// <summary>The tools that a scope opens, as people read them.</summary>
    public required Dictionary<string, string[]> Tools { get; init; }

    /// <summary>Under which id a resource's record lies.</summary>
    public static string IdOf(string resource) => OpaqueToken.Hash(CanonicalResource.From(resource) ?? resource);
}
