namespace McpOidc.Configuration;

/// <summary>Settings of what an operator does over HTTP, section <c>McpOidc:Admin</c>. Without any of them, which is the default, nothing
/// is at <c>/admin</c>.</summary>
public sealed class AdminOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Admin";

    /// <summary>
    /// The key that operators send as bearer token to the API below <c>/admin</c>, a secret of at least 32 characters. Default: none, and
    /// there is no API; the same is done by the commands of <c>McpOidc.AuthServer</c>.
    /// </summary>
    public string? Key { get; set; }

    /// <summary>
    /// The claim of the identity provider that lets a person in at the page <c>/admin</c>, for instance <c>roles</c>, or a path such as
    /// <c>realm_access.roles</c>. Default: none, and there is no page.
    /// </summary>
    public string? Claim { get; set; }

    /// <summary>What <see cref="Claim"/> has to be, or to contain where it is a list. Default: none; required with
    /// <see cref="Claim"/>.</summary>
    public string? Value { get; set; }

    /// <summary>
    /// The name below <c>McpOidc:IdentityProvider:Providers</c> of the provider whose claims count; people of another are not let in.
    /// Default: none, which is the provider of <c>McpOidc:IdentityProvider</c>.
    /// </summary>
    public string? Provider { get; set; }

    /// <summary>
    /// How long a sign-in lets an operator in. After it the browser goes to the identity provider again, which says anew what the person
    /// may do.
    /// Default: 1 hour.
    /// </summary>
    public TimeSpan SignInInterval { get; set; } = TimeSpan.FromHours(1);

    internal bool HasClaim => Claim is { Length: > 0 } && Value is { Length: > 0 };
}
