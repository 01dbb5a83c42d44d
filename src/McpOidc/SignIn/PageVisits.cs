using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary>Who looks at a page of this server for which one has to be signed in; sends others to the identity provider, and
/// back.</summary>
internal sealed class PageVisits(
    BrowserSessions sessions,
    UserSessions users,
    BrowserCookies cookies,
    Interactions interactions,
    IdentityProviderSignIn signIn,
    SignInLimit limit,
    SignInTrail trail,
    TimeProvider clock
)
{
    /// <returns><see langword="null"/> where nobody is signed in.</returns>
    public async ValueTask<Visitor?> FindAsync(HttpContext http, CancellationToken cancellationToken) =>
        await sessions.FindAsync(http, cancellationToken) is { } session
        && await users.FindAsync(session.Subject, cancellationToken) is { } user
            ? new Visitor(user, session.AuthenticatedAt, cookies.EnsureBinding(http))
            : null;

    /// <summary>Signs somebody in for a page.</summary>
    /// <param name="http">The request.</param>
    /// <param name="returnTo">A path of this server, below the issuer's.</param>
    /// <param name="provider">The identity provider; <see langword="null"/> to let the person choose.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<IResult> SignInAsync(HttpContext http, string returnTo, string? provider, CancellationToken cancellationToken)
    {
        // As /authorize, which costs the same.
        if (await limit.FindRefusalAsync(http, Interaction.PageClient) is { } refusal)
        {
            return refusal;
        }

        trail.Note("page", $"Somebody who is not signed in asks for {returnTo.Split('?')[0]}.");
        return await signIn.BeginAsync(
            Interaction.ForPage(returnTo, cookies.EnsureBinding(http), provider, clock.GetUtcNow(), interactions.Deadline()),
            cancellationToken
        );
    }
}

/// <summary>Somebody who is signed in and looks at a page.</summary>
/// <param name="User">The person.</param>
/// <param name="AuthenticatedAt">When they signed in in this browser.</param>
/// <param name="Browser">The hash of the browser's binding cookie.</param>
internal sealed record Visitor(UserRecord User, DateTimeOffset AuthenticatedAt, string Browser)
{
    public string Subject => User.Subject;

    /// <summary>What the person is called, in words that they know themselves by.</summary>
    public string Name => PersonName.Of(User);
}
