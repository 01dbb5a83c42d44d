namespace McpOidc.Configuration;

/// <summary>Sign-in at the application itself (<c>UseApplicationSignIn</c>). Section <c>McpOidc:ApplicationSignIn</c>. The
/// rules for who may sign in, and the interval of lookups, are settings of <see cref="IdentityProviderOptions"/>.</summary>
public sealed class ApplicationSignInOptions
{
    /// <summary>The configuration section: <c>McpOidc:ApplicationSignIn</c>.</summary>
    public const string Section = "McpOidc:ApplicationSignIn";

    /// <summary>The application's cookie authentication scheme. Default: the argument of <c>UseApplicationSignIn</c>.</summary>
    public string Scheme { get; set; } = "";

    /// <summary>The claim type that identifies a user. Its value must never change, so an e-mail address is unsuitable. Default:
    /// <c>sub</c>, otherwise <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/>.</summary>
    public string? SubjectClaim { get; set; }

    /// <summary>
    /// Renames claims: the name here and the claim type of the application, for example <c>department</c> and
    /// <c>urn:example:department</c>. Types of <see cref="System.Security.Claims.ClaimTypes"/> get their OpenID Connect names by default,
    /// and roles are <c>roles</c>. Default: none; other claims keep their type as their name.
    /// </summary>
    public IDictionary<string, string> Claims { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The claim type of the stamp in the cookie, which the application changes when all grants of a user have to end. It is compared with
    /// <see cref="SignIn.ApplicationUser.Stamp"/> and not stored. Default: none; with ASP.NET Core Identity its security stamp.
    /// </summary>
    public string? StampClaim { get; set; }

    /// <summary>
    /// Whether signing out at the application also ends the grants and the browser session that were created in that session. Default:
    /// <see langword="true"/>.
    /// </summary>
    public bool EndsWithSession { get; set; } = true;
}
