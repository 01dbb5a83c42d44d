namespace McpOidc.Protection;

/// <summary>Names of the protection of MCP endpoints.</summary>
public static class McpOidcAuthentication
{
    /// <summary>The authentication scheme: <c>McpOidc</c>.</summary>
    public const string Scheme = "McpOidc";
}
