using McpOidc.SignIn.Rules;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary>Visits of pages where a person gives something away: who is signed in is sent to the identity provider again where an
/// authorization request would send them.</summary>
internal sealed class GrantingVisits(PageVisits visits, SignInRight right, TimeProvider clock)
{
    // Who has just come back is not sent there again: another time would end as this one.
    private static readonly TimeSpan s_justNow = TimeSpan.FromMinutes(1);

    /// <param name="http">The request.</param>
    /// <param name="within">How long ago they may have signed in.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> where the person has to sign in.</returns>
    public async ValueTask<Visitor?> FindAsync(HttpContext http, TimeSpan within, CancellationToken cancellationToken) =>
        await visits.FindAsync(http, cancellationToken) is { } visitor
        && clock.GetUtcNow() - visitor.AuthenticatedAt is var age
        && age <= within
        && (age < s_justNow || !NeedsSignIn(visitor))
            ? visitor
            : null;

    public Task<IResult> SignInAsync(HttpContext http, string returnTo, CancellationToken cancellationToken) =>
        visits.SignInAsync(http, returnTo, provider: null, cancellationToken);

    public Task<IResult> SignInWithAnotherAsync(HttpContext http, string returnTo, CancellationToken cancellationToken) =>
        visits.SignInWithAnotherAsync(http, returnTo, cancellationToken);

    private bool NeedsSignIn(Visitor visitor) =>
        visitor.User.NeedsPersonSince is not null
        || visitor.User.Tokens is not { } tokens
        || (string.IsNullOrEmpty(tokens.RefreshToken) && tokens.ExpiresAt <= clock.GetUtcNow())
        || right.NeedsSignIn(visitor.User);
}
