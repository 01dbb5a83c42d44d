using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary>The visitor of a page that requires sign-in; sends others to the identity provider and back.</summary>
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
    /// <returns><see langword="null"/> if no user is signed in.</returns>
    public async ValueTask<Visitor?> FindAsync(HttpContext http, CancellationToken cancellationToken) =>
        await sessions.FindAsync(http, cancellationToken) is { } session
        && await users.FindAsync(session.Subject, cancellationToken) is { } user
            ? new Visitor(user, session.AuthenticatedAt, cookies.EnsureBinding(http))
            : null;

    /// <summary>Signs a user in for a page.</summary>
    /// <param name="http">The request.</param>
    /// <param name="returnTo">A path of this server, below the issuer's.</param>
    /// <param name="provider">The identity provider; <see langword="null"/> to let the user choose.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public Task<IResult> SignInAsync(HttpContext http, string returnTo, string? provider, CancellationToken cancellationToken) =>
        SignInAsync(http, returnTo, provider, isAnother: false, cancellationToken);

    /// <summary>Signs a user in with another account than the current one.</summary>
    public Task<IResult> SignInWithAnotherAsync(HttpContext http, string returnTo, CancellationToken cancellationToken) =>
        SignInAsync(http, returnTo, provider: null, isAnother: true, cancellationToken);

    private async Task<IResult> SignInAsync(
        HttpContext http,
        string returnTo,
        string? provider,
        bool isAnother,
        CancellationToken cancellationToken
    )
    {
        // Limited like /authorize, which costs the same.
        if (await limit.FindRefusalAsync(http, Interaction.PageClient) is { } refusal)
        {
            return refusal;
        }

        trail.Note("page", $"Sign-in required for {returnTo.Split('?')[0]}.");
        var interaction = Interaction.ForPage(returnTo, cookies.EnsureBinding(http), provider, clock.GetUtcNow(), interactions.Deadline());
        return isAnother
            ? await signIn.BeginWithAnotherAsync(interaction, cancellationToken)
            : await signIn.BeginAsync(interaction, cancellationToken);
    }
}

/// <summary>A signed-in user who visits a page.</summary>
/// <param name="User">The user.</param>
/// <param name="AuthenticatedAt">When the user signed in in this browser.</param>
/// <param name="Browser">The hash of the browser's binding cookie.</param>
internal sealed record Visitor(UserRecord User, DateTimeOffset AuthenticatedAt, string Browser)
{
    public string Subject => User.Subject;

    /// <summary>The user's display name.</summary>
    public string Name => PersonName.Of(User);
}
