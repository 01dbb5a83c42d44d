using McpOidc.Protection;

namespace McpOidc.Configuration;

/// <summary>
/// One protected MCP endpoint. If a process has several, the first may be configured directly in section <c>McpOidc:ResourceServer</c>,
/// and the others by name in <c>McpOidc:ResourceServer:Resources</c>.
/// </summary>
public class ProtectedResourceOptions
{
    /// <summary>
    /// The resource identifier of this MCP server (RFC 9728 §1.2): the URL of its endpoint as users enter it, for instance
    /// <c>https://mcp.example.com/mcp</c>. Required; never taken from a request.
    /// </summary>
    public string Resource { get; set; } = "";

    /// <summary>The display name on the consent page. Default: the host of <see cref="Resource"/>.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The scopes that a client needs initially: listed in the protected resource metadata and in the challenge to a request without a
    /// token, and granted if a client requests none. Do not include <c>offline_access</c>. Default: <c>openid</c>, <c>email</c>,
    /// <c>profile</c>; configured values are added to them.
    /// </summary>
    public IList<string> Scopes { get; } = ["openid", "email", "profile"];

    /// <summary>
    /// Scopes that include others, like <c>files:write &gt; files:read files:list</c>: a token with the first also has the others, and
    /// whatever those include. Default: none.
    /// </summary>
    public IList<string> ScopeHierarchy { get; } = [];

    /// <summary>
    /// Whether the metadata and the challenge to a request without a token also list the scopes of all tools, prompts and resources (
    /// <see cref="RequireScopesAttribute"/>). Users then grant everything at the first connection. Use it if most clients do not request
    /// further scopes when a tool needs them. For single clients: <c>McpOidc:Registration:AskForAllScopesAtOnce</c>. Default:
    /// <see langword="false"/>.
    /// </summary>
    public bool AskForAllScopesAtOnce { get; set; }

    /// <summary>
    /// Whether the protected resource metadata list the scopes of all tools, prompts, resources and endpoints rather than only those that
    /// a client needs initially. Clients that take their scopes from there then request everything at the first sign-in. Default:
    /// <see langword="false"/>.
    /// </summary>
    public bool PublishAllScopes { get; set; }

    /// <summary>
    /// Whether lists of tools, prompts and resources omit those whose scopes the caller lacks. Clients then cannot request such a scope by
    /// calling, so this suits servers whose scopes an administrator grants. When a client's token changes what it may use, it gets
    /// <c>notifications/tools/list_changed</c> or the equivalent for prompts and resources. Default: <see langword="false"/>.
    /// </summary>
    public bool ListAllowedOnly { get; set; }

    /// <summary>
    /// Claims from the identity provider that are added to the user of a request, so that policies can use them: for instance <c>email</c>
    /// or <c>groups</c>, or a path (<see cref="ClaimRule.Claim"/>), which is then also the claim's name. They are read from the store, at
    /// most once per user in <see cref="ResourceServerOptions.GrantCacheLifetime"/>. Default: none.
    /// </summary>
    public IList<string> UserClaims { get; } = [];

    /// <summary>
    /// The path of the claim (<see cref="ClaimRule.Claim"/>) that contains the user's roles, for instance <c>groups</c> or
    /// <c>realm_access.roles</c>, for <c>User.IsInRole</c>, <c>RequireRole</c> and <c>[Authorize(Roles = "…")]</c>; for tools, call the
    /// MCP SDK's <c>AddAuthorizationFilters()</c>. Read like <see cref="UserClaims"/>; tokens do not change. Default: none.
    /// </summary>
    public string? RoleClaim { get; set; }

    /// <summary>Whether every tool, prompt and resource calls an API with the identity provider's token, as if each had
    /// <see cref="RequiresIdentityProviderTokenAttribute"/>. Default: <see langword="false"/>.</summary>
    public bool RequiresIdentityProviderToken { get; set; }

    /// <summary>Callbacks for validated tokens and rejected requests. Default: none.</summary>
    public McpOidcEvents Events { get; set; } = new();
}
