namespace McpOidc.Configuration;

/// <summary>What a scope means to people, and who may have it. Section <c>McpOidc:Scopes:{n}</c>.</summary>
public sealed class ScopeOptions
{
    /// <summary>The scope, for instance <c>files:write</c>. Required.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it lets an application do, in words, for the consent page. Default: the tools that need it, or the scope.</summary>
    public string? Title { get; set; }

    /// <summary>A sentence more for the consent page. Default: none.</summary>
    public string? Description { get; set; }

    /// <summary>
    /// Who may have it: one rule has to hold. Others are not asked about it and are not granted it, and at a refresh it goes away once no
    /// rule holds. Default: everybody.
    /// </summary>
    public IList<UserRule> Require { get; } = [];
}
