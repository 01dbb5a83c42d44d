namespace McpOidc.Authorization;

/// <summary>The scopes about a user, which grant nothing at an MCP server.</summary>
internal static class IdentityScopes
{
    /// <summary>Those that this server grants, for every resource.</summary>
    public static readonly string[] Supported = ["openid", "email", "profile", "offline_access"];

    /// <summary>The others of OpenID Connect Core §5.4 and §11: SDKs send scopes that another server listed.</summary>
    public static readonly string[] All = [.. Supported, "address", "phone"];
}
