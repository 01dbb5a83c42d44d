using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn.Application;

/// <summary>The application in this process as an identity provider: its login page replaces the authorization endpoint, and its cookie
/// replaces the code. It issues no tokens.</summary>
internal sealed class ApplicationIdentityProvider(
    ApplicationCookie cookie,
    ApplicationPeople people,
    ApplicationClaims claims,
    IHttpContextAccessor current,
    Issuer issuer,
    TimeProvider clock
) : IIdentityProvider
{
    /// <summary>Replaces an issuer. It stays the same if the application moves, and no configured provider can have it.</summary>
    public const string Issuer = "urn:mcpoidc:application";

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
        ChallengeAsync(
            new IdentityProviderChallengeRequest(redirectUri, state, ReadOnlyDictionary<string, string>.Empty),
            cancellationToken
        );

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    ) =>
        new(
            new IdentityProviderChallenge(
                new Uri(
                    QueryHelpers.AddQueryString(
                        issuer.Endpoint(EndpointPaths.ApplicationSignIn),
                        ApplicationSignInEndpoint.StateParameter,
                        request.State
                    )
                ),
                AskedOfApplication.Of(request, clock.GetUtcNow()).Write()
            )
        );

    public async ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        var http =
            current.HttpContext ?? throw new InvalidOperationException("A sign-in at the application must be completed within a request.");
        if (await cookie.ReadAsync(http) is not { } visitor)
        {
            throw Refused("No one is signed in at the application", "application_not_signed_in", Errors.AccessDenied);
        }

        if (!AskedOfApplication.Read(state).IsMetBy(visitor.SignedInAt))
        {
            throw Refused("The sign-in at the application is older than requested", "application_too_early", Errors.LoginRequired);
        }

        return await FindAsync(visitor, cancellationToken) is { } user
            ? Complete(visitor, user)
            : throw Refused("The application has ended the sign-in, or deleted the user", "application_ended", Errors.AccessDenied);
    }

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        throw new IdentityProviderException("The application issues no tokens.") { Error = Errors.InvalidGrant };

    /// <summary>Signs a person out at the application after signing out everywhere here.</summary>
    public Task SignOutAsync(HttpContext http) => cookie.ForgetAsync(http);

    /// <summary>Finds the user of a cookie. The cookie may be older than the change that ended it.</summary>
    /// <returns><see langword="null"/> if the user was deleted, may not sign in, or has another stamp.</returns>
    /// <exception cref="IdentityProviderException">The application's code failed.</exception>
    public async Task<ApplicationUser?> FindAsync(ApplicationVisitor visitor, CancellationToken cancellationToken) =>
        await people.FindAsync(visitor.Subject, cancellationToken) is { } user
        && (claims.StampOf(visitor.Principal) is not { } stamp || user.Stamp is null || stamp == user.Stamp)
            ? user
            : null;

    private IdentityProviderLogin Complete(ApplicationVisitor visitor, ApplicationUser user)
    {
        var ofSignIn = claims.Read(visitor.Subject, visitor.Principal.Claims);
        ofSignIn["sid"] = visitor.Session;
        ofSignIn["auth_time"] = visitor.SignedInAt?.ToUnixTimeSeconds();
        foreach (var unknown in ofSignIn.Where(claim => claim.Value is null).Select(claim => claim.Key).ToList())
        {
            ofSignIn.Remove(unknown);
        }

        return new IdentityProviderLogin(Issuer, visitor.Subject, claims.Renew(visitor.Subject, user.Claims, ofSignIn), Tokens: null)
        {
            Stamp = user.Stamp,
        };
    }

    private static IdentityProviderException Refused(string what, string cause, string error) =>
        new($"{what}: {cause}.")
        {
            Error = error,
            Failure = IdentityProviderFailure.NeedsPerson,
            Cause = new IdentityProviderCause(cause),
        };
}
