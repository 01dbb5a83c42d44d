namespace McpOidc.SignIn.Rules;

/// <summary>Whether a rule matches a user.</summary>
internal enum RuleAnswer
{
    /// <summary>It does not match.</summary>
    No,

    /// <summary>It matches.</summary>
    Yes,

    /// <summary>The provider omitted the claim that it needs.</summary>
    Untold,
}
