namespace McpOidc.Configuration;

/// <summary>
/// Matches users by their claims at the identity provider. All conditions of a rule must match; if a condition has several values, one of
/// them is enough. A rule needs at least one condition.
/// </summary>
public sealed class UserRule
{
    /// <summary>The name of the rule in logs and audit events. Default: its place in the settings, for instance <c>Allow:0</c>.</summary>
    public string? Name { get; set; }

    /// <summary>Claims and their values, all of which must match. Default: none.</summary>
    public IList<ClaimRule> Claims { get; } = [];

    /// <summary>
    /// Domains of the user's e-mail address, compared exactly except for case, without subdomains. The provider must report the address as
    /// verified (<c>email_verified</c>); Google's must belong to Gmail or to an organisation (<c>hd</c>). A rule that denies also matches
    /// unverified addresses. Default: none.
    /// </summary>
    public IList<string> EmailDomains { get; } = [];

    /// <summary>The same for Entra ID, which sends no <c>email_verified</c>: the optional claim <c>xms_edov</c> must confirm that the
    /// domain owner was verified. Default: none.</summary>
    public IList<string> EntraEmailDomains { get; } = [];

    /// <summary>Groups, or glob patterns for them, in the claim named by <see cref="IdentityProviderOptions.GroupsClaim"/>. Default:
    /// none.</summary>
    public IList<string> Groups { get; } = [];

    /// <summary>Values of <c>sub</c> at the provider, compared exactly. Default: none.</summary>
    public IList<string> Subjects { get; } = [];

    internal bool IsEmpty => Claims.Count + EmailDomains.Count + EntraEmailDomains.Count + Groups.Count + Subjects.Count == 0;
}

/// <summary>A condition on a claim.</summary>
public sealed class ClaimRule
{
    /// <summary>
    /// The path of the claim: names separated by dots, for instance <c>realm_access.roles</c>. Put a name that contains a dot in single
    /// quotes. A path with <c>://</c> outside quotes is a single name: <c>https://example.com/roles</c>. Required.
    /// </summary>
    public string Claim { get; set; } = "";

    /// <summary>The values, of which the claim must have one; <c>*</c> matches any characters, and case matters. Required.</summary>
    public IList<string> Values { get; } = [];
}
