namespace McpOidc.Configuration;

/// <summary>
/// Describes people by what the identity provider says of them. A rule holds for a person of whom everything holds that it names; of
/// several values of one kind, one is enough. A rule has to name something.
/// </summary>
public sealed class UserRule
{
    /// <summary>What logs and audit events call the rule. Default: its place in the settings, for instance <c>Allow:0</c>.</summary>
    public string? Name { get; set; }

    /// <summary>Claims and their values, all of which have to hold. Default: none.</summary>
    public IList<ClaimRule> Claims { get; } = [];

    /// <summary>
    /// Domains of the person's e-mail address, exactly, without subdomains and in any case. The provider has to call the address verified
    /// (<c>email_verified</c>); Google's has to be of Gmail or of an organisation (<c>hd</c>). In a rule that denies, the address counts
    /// unverified too. Default: none.
    /// </summary>
    public IList<string> EmailDomains { get; } = [];

    /// <summary>The same for Entra ID, which sends no <c>email_verified</c>: the optional claim <c>xms_edov</c> has to say that the
    /// owner of the domain was verified. Default: none.</summary>
    public IList<string> EntraEmailDomains { get; } = [];

    /// <summary>Groups, or globs of them, in the claim that <see cref="IdentityProviderOptions.GroupsClaim"/> names. Default:
    /// none.</summary>
    public IList<string> Groups { get; } = [];

    /// <summary>Values of <c>sub</c> at the provider, exactly. Default: none.</summary>
    public IList<string> Subjects { get; } = [];

    internal bool IsEmpty => Claims.Count + EmailDomains.Count + EntraEmailDomains.Count + Groups.Count + Subjects.Count == 0;
}

/// <summary>What a claim has to say.</summary>
public sealed class ClaimRule
{
    /// <summary>
    /// The path of the claim: names with dots between them, for instance <c>realm_access.roles</c>. A name with a dot stands in single
    /// quotes, and a path with <c>://</c> outside of quotes is one name as it is: <c>https://example.com/roles</c>. Required.
    /// </summary>
    public string Claim { get; set; } = "";

    /// <summary>Values, of which the claim has to have one; in each <c>*</c> stands for any characters, and upper and lower case differ.
    /// Required.</summary>
    public IList<string> Values { get; } = [];
}
