namespace McpOidc.Configuration;

/// <summary>The description of a scope, and who may have it. Section <c>McpOidc:Scopes:{n}</c>.</summary>
public sealed class ScopeOptions
{
    /// <summary>The scope, for instance <c>files:write</c>. Required.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it allows an application to do, in words, for the consent page. Default: the tools that need it, or the
    /// scope.</summary>
    public string? Title { get; set; }

    /// <summary>An additional sentence for the consent page. Default: none.</summary>
    public string? Description { get; set; }

    /// <summary>
    /// Who may have it: at least one rule must match. Other users are not asked about the scope and do not get it; a refresh removes it
    /// once no rule matches. Default: every user.
    /// </summary>
    public IList<UserRule> Require { get; } = [];
}
