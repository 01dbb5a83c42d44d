namespace McpOidc.Authorization;

/// <summary>The scopes that are about a person, and open nothing at an MCP server.</summary>
internal static class IdentityScopes
{
    /// <summary>Those that this server grants, for every resource.</summary>
    public static readonly string[] Supported = ["openid", "email", "profile", "offline_access"];

    /// <summary>Those of OpenID Connect Core §5.4 and §11 beside: SDKs send to every server what another one named.</summary>
    public static readonly string[] All = [.. Supported, "address", "phone"];
}
