namespace McpOidc.Configuration;

/// <summary>
/// Enterprise-Managed Authorization: identity providers whose assertions (ID-JAG) replace a user's sign-in and consent. Section
/// <c>McpOidc:IdentityAssertion</c>.
/// </summary>
public sealed class IdentityAssertionOptions
{
    /// <summary>The configuration section: <c>McpOidc:IdentityAssertion</c>.</summary>
    public const string Section = "McpOidc:IdentityAssertion";

    /// <summary>The trusted issuers. Default: none, which accepts no assertion.</summary>
    public IList<AssertionIssuerOptions> Issuers { get; } = [];

    /// <summary>How long an issuer's keys are cached. Default: 1 hour.</summary>
    public TimeSpan KeyCacheLifetime { get; set; } = TimeSpan.FromHours(1);
}
