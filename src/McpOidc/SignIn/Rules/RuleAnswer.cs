namespace McpOidc.SignIn.Rules;

/// <summary>Whether a rule holds for a person.</summary>
internal enum RuleAnswer
{
    /// <summary>It does not.</summary>
    No,

    /// <summary>It does.</summary>
    Yes,

    /// <summary>The provider left out the claim that it asks for.</summary>
    Untold,
}
