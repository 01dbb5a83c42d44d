namespace McpOidc.Configuration;

/// <summary>
/// Enterprise-Managed Authorization: identity providers whose assertions (ID-JAG) stand for a person's sign-in and consent. Section
/// <c>McpOidc:IdentityAssertion</c>.
/// </summary>
public sealed class IdentityAssertionOptions
{
    /// <summary>The configuration section: <c>McpOidc:IdentityAssertion</c>.</summary>
    public const string Section = "McpOidc:IdentityAssertion";

    /// <summary>The issuers that are believed. Default: none, and then no assertion is taken.</summary>
    public IList<AssertionIssuerOptions> Issuers { get; } = [];

    /// <summary>How long the keys of an issuer are used before they are fetched again. Default: 1 hour.</summary>
    public TimeSpan KeyCacheLifetime { get; set; } = TimeSpan.FromHours(1);
}
