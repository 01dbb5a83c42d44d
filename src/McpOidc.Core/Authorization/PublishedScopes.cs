using McpOidc.Configuration;
using McpOidc.Token;

namespace McpOidc.Authorization;

/// <summary>What a protected MCP server publishes about itself to the authorization server, through the shared store.</summary>
internal sealed record PublishedScopes
{
    /// <summary>The scopes that a client needs initially.</summary>
    public required string[] Base { get; init; }

    /// <summary>All scopes that the server may require.</summary>
    public required string[] All { get; init; }

    /// <summary>The tools that each scope grants access to, by display name.</summary>
    public required Dictionary<string, string[]> Tools { get; init; }

    /// <summary>The id of a resource's record.</summary>
    public static string IdOf(string resource) => OpaqueToken.Hash(CanonicalResource.From(resource) ?? resource);
}
