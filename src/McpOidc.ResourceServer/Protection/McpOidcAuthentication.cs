namespace McpOidc.Protection;

/// <summary>The names used by MCP endpoint protection.</summary>
public static class McpOidcAuthentication
{
    /// <summary>The authentication scheme: <c>McpOidc</c>.</summary>
    public const string Scheme = "McpOidc";
}
