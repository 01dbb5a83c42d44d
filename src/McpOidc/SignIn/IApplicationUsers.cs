using System.Security.Claims;

namespace McpOidc.SignIn;

/// <summary>
/// The users of the application that signs its own users in (<c>UseApplicationSignIn</c>). Called at each sign-in, and when a client
/// refreshes after <c>McpOidc:IdentityProvider:UserCheckInterval</c>. Register it with <c>UseApplicationUsers&lt;T&gt;()</c>. Each call has
/// a service scope of its own and can use a database context. <c>UseApplicationSignIn&lt;TUser&gt;()</c> registers one for ASP.NET Core
/// Identity.
/// </summary>
public interface IApplicationUsers
{
    /// <summary>Finds a user.</summary>
    /// <param name="subject">The value of the claim <see cref="Configuration.ApplicationSignInOptions.SubjectClaim"/>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests; canceled after three seconds at a refresh.</param>
    /// <returns><see langword="null"/> if the user was deleted or may no longer sign in: all grants of the user end. An exception ends
    /// nothing: clients are refreshed until <c>McpOidc:IdentityProvider:OutageTolerance</c> is over.</returns>
    ValueTask<ApplicationUser?> FindAsync(string subject, CancellationToken cancellationToken);
}

/// <summary>A user of the application.</summary>
public sealed record ApplicationUser
{
    /// <summary>A value that changes when all grants of the user have to end, for example with a new password. Default:
    /// <see langword="null"/>, for none.</summary>
    public string? Stamp { get; init; }

    /// <summary>All current claims of the user. Default: <see langword="null"/>, which keeps the claims of the sign-in.</summary>
    public IEnumerable<Claim>? Claims { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(ApplicationUser);
}
