namespace McpOidc.Configuration;

/// <summary>Registered by <c>AddServer()</c>: this process is an authorization server.</summary>
internal sealed class ServerRole;

/// <summary>Registered by <c>AddProtection()</c>: this process is a protected MCP server.</summary>
internal sealed class ProtectionRole;
