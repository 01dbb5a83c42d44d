namespace McpOidc.Configuration;

/// <summary>Settings of administration over HTTP, section <c>McpOidc:Admin</c>. Without any of them, which is the default, there is
/// nothing at <c>/admin</c>.</summary>
public sealed class AdminOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Admin";

    /// <summary>
    /// The key that operators send as bearer token to the API below <c>/admin</c>, a secret of at least 32 characters. Default: none,
    /// which disables the API; the commands of <c>McpOidc.AuthServer</c> do the same.
    /// </summary>
    public string? Key { get; set; }

    /// <summary>
    /// The identity provider claim that admits a user to the page <c>/admin</c>, for instance <c>roles</c>, or a path such as
    /// <c>realm_access.roles</c>, written like <see cref="ClaimRule.Claim"/>. Default: none, which disables the pages.
    /// </summary>
    public string? Claim { get; set; }

    /// <summary>The required value of <see cref="Claim"/>, or of one of its elements if it is a list. Default: none; required with
    /// <see cref="Claim"/>.</summary>
    public string? Value { get; set; }

    /// <summary>
    /// The name below <c>McpOidc:IdentityProvider:Providers</c> of the provider whose claims count; users of other providers are not
    /// admitted. Default: none, which means the provider of <c>McpOidc:IdentityProvider</c>.
    /// </summary>
    public string? Provider { get; set; }

    /// <summary>
    /// How long a sign-in admits an operator. After that, the browser goes to the identity provider again, which returns current claims.
    /// Default: 1 hour.
    /// </summary>
    public TimeSpan SignInInterval { get; set; } = TimeSpan.FromHours(1);

    internal bool HasClaim => Claim is { Length: > 0 } && Value is { Length: > 0 };
}
