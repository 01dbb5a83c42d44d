namespace McpOidc.Configuration;

/// <summary>One MCP server for which tokens are issued. Section <c>McpOidc:Resources:{n}</c>.</summary>
public sealed class ResourceOptions
{
    /// <summary>The resource identifier (RFC 8707 §2): the URL that users enter in their client, for instance
    /// <c>https://mcp.example.com/mcp</c>.</summary>
    public string Uri { get; set; } = "";

    /// <summary>The display name on the consent page. Default: the host of <see cref="Uri"/>.</summary>
    public string? Name { get; set; }

    /// <summary>The scopes of this server, besides <c>openid</c>, <c>email</c>, <c>profile</c> and <c>offline_access</c>. Default:
    /// none.</summary>
    public IList<string> Scopes { get; } = [];

    /// <summary>The lifetime of access tokens for this server. Default: <c>McpOidc:Tokens:AccessTokenLifetime</c>.</summary>
    public TimeSpan? AccessTokenLifetime { get; set; }

    /// <summary>The lifetime of an unused refresh token for this server. Default: <c>McpOidc:Tokens:RefreshTokenLifetime</c>.</summary>
    public TimeSpan? RefreshTokenLifetime { get; set; }
}
