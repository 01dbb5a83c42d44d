namespace McpOidc.Configuration;

/// <summary>Registered by <c>AddAuthorizationServer()</c>: this process is an authorization server.</summary>
internal sealed class AuthorizationServerRole;

/// <summary>Registered by <c>AddResourceServer()</c>: this process is a protected MCP server.</summary>
internal sealed class ResourceServerRole;
