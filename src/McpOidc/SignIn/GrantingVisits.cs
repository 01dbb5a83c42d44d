using McpOidc.Federation;
using McpOidc.SignIn.Rules;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary>Visits of pages that create grants. A signed-in person is sent to the identity provider again if an authorization request would
/// do so.</summary>
internal sealed class GrantingVisits(PageVisits visits, PersonCheck persons, SignInRight right, TimeProvider clock)
{
    // A person who has just returned is not sent again: the result would be the same.
    private static readonly TimeSpan s_justNow = TimeSpan.FromMinutes(1);

    /// <param name="http">The request.</param>
    /// <param name="within">How long ago the person may have signed in.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if the person must sign in.</returns>
    public async ValueTask<Visitor?> FindAsync(HttpContext http, TimeSpan within, CancellationToken cancellationToken) =>
        await visits.FindAsync(http, cancellationToken) is { } visitor
        && await persons.FindAsync(visitor.Subject, cancellationToken) is { } user
        && clock.GetUtcNow() - visitor.AuthenticatedAt is var age
        && age <= within
        && (age < s_justNow || !(user.NeedsSignIn(clock.GetUtcNow()) || right.NeedsSignIn(user)))
            ? visitor with
            {
                User = user,
            }
            : null;

    public Task<IResult> SignInAsync(HttpContext http, string returnTo, CancellationToken cancellationToken) =>
        visits.SignInAsync(http, returnTo, provider: null, cancellationToken);

    public Task<IResult> SignInWithAnotherAsync(HttpContext http, string returnTo, CancellationToken cancellationToken) =>
        visits.SignInWithAnotherAsync(http, returnTo, cancellationToken);
}
