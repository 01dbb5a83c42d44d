using McpOidc.Protection;

namespace McpOidc.Configuration;

/// <summary>
/// One protected MCP endpoint. Of a process with several, the first may stand in section <c>McpOidc:ResourceServer</c> itself, the others
/// each under a name of their own in <c>McpOidc:ResourceServer:Resources</c>.
/// </summary>
public class ProtectedResourceOptions
{
    /// <summary>
    /// The resource identifier of this MCP server (RFC 9728 §1.2): the URL of its endpoint as people type it, for instance
    /// <c>https://mcp.example.com/mcp</c>. Required; never taken from a request.
    /// </summary>
    public string Resource { get; set; } = "";

    /// <summary>What people call this server; shown on the consent page. Default: the host of <see cref="Resource"/>.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The scopes that a client needs to begin with: named in the protected resource metadata and in the challenge of a request without a
    /// token, and granted where a client names none. <c>offline_access</c> does not belong here. Default: <c>openid</c>, <c>email</c>,
    /// <c>profile</c>; values in configuration are added to them.
    /// </summary>
    public IList<string> Scopes { get; } = ["openid", "email", "profile"];

    /// <summary>
    /// Scopes that include others, as <c>files:write &gt; files:read files:list</c>: a token with the first is taken as if it had the rest,
    /// and what they include in turn. Default: none.
    /// </summary>
    public IList<string> ScopeHierarchy { get; } = [];

    /// <summary>
    /// Whether the challenge of a request without a token also names the scopes of all tools, prompts and resources
    /// (<see cref="RequireScopesAttribute"/>), and so do the metadata. People then allow everything at the first connection; for servers
    /// most of whose clients do not ask again when a tool needs more. Single clients:
    /// <c>McpOidc:Registration:AskForAllScopesAtOnce</c>. Default: <see langword="false"/>.
    /// </summary>
    public bool AskForAllScopesAtOnce { get; set; }

    /// <summary>
    /// Whether the protected resource metadata list the scopes of all tools, prompts, resources and endpoints, and not only those that a
    /// client needs to begin with. Clients that take their scopes from there then ask for everything at the first sign-in. Default:
    /// <see langword="false"/>.
    /// </summary>
    public bool PublishAllScopes { get; set; }

    /// <summary>
    /// Whether lists of tools, prompts and resources leave out those whose scopes the caller lacks. Clients then cannot ask for such a
    /// scope by calling, so this suits servers whose scopes an administrator grants. A client whose token has come to allow more or less is
    /// told by <c>notifications/tools/list_changed</c> and its siblings. Default: <see langword="false"/>.
    /// </summary>
    public bool ListAllowedOnly { get; set; }

    /// <summary>
    /// Claims of the person, as the identity provider gave them, that the user of a request has beside those of the token, so that policies
    /// can ask for them: for instance <c>email</c> or <c>groups</c>, or a path (<see cref="ClaimRule.Claim"/>), by which the claim is then
    /// called. They are read from the store, at most once in <see cref="ResourceServerOptions.GrantCacheLifetime"/> for each person.
    /// Default: none.
    /// </summary>
    public IList<string> UserClaims { get; } = [];

    /// <summary>
    /// The path of the claim (<see cref="ClaimRule.Claim"/>) whose values are the person's roles, for instance <c>groups</c> or
    /// <c>realm_access.roles</c>: <c>User.IsInRole</c>, <c>RequireRole</c> and <c>[Authorize(Roles = "…")]</c> ask for them, on tools by
    /// the MCP SDK's <c>AddAuthorizationFilters()</c>. Read as <see cref="UserClaims"/> are; nothing is added to tokens. Default: none.
    /// </summary>
    public string? RoleClaim { get; set; }

    /// <summary>Whether every tool, prompt and resource calls an API with the identity provider's token, as if each had
    /// <see cref="RequiresIdentityProviderTokenAttribute"/>. Default: <see langword="false"/>.</summary>
    public bool RequiresIdentityProviderToken { get; set; }

    /// <summary>What the application does when a token was found good, or a request is refused. Default: nothing.</summary>
    public McpOidcEvents Events { get; set; } = new();
}
