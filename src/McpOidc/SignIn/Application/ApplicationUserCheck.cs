using McpOidc.Federation;
using McpOidc.Logout;
using McpOidc.Sessions;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn.Application;

/// <summary>Asks the application whether a user still exists with the same stamp, and for the user's current claims. Needs no lease: asking
/// twice does no harm.</summary>
internal sealed partial class ApplicationUserCheck(
    ApplicationPeople people,
    ApplicationClaims claims,
    UserSessions users,
    UserSignOut signOut,
    CustomData customData,
    TimeProvider clock,
    ILogger<ApplicationUserCheck> logger
)
{
    public async Task<IdentityProviderRefresh> ConfirmAsync(
        ConfiguredProvider provider,
        UserRecord user,
        CancellationToken cancellationToken
    )
    {
        if (!people.CanTell)
        {
            return IdentityProviderRefresh.Fresh;
        }

        try
        {
            provider.State.ThrowIfLeftAlone();
            var found = await people.FindAsync(user.IdentityProviderSubject, cancellationToken);
            provider.State.Succeeded();
            if (found is not null && IsSame(UserSessions.HashOf(found.Stamp), user.Stamp))
            {
                await KeepAsync(provider, user, found, cancellationToken);
                return IdentityProviderRefresh.Fresh;
            }

            return await EndAsync(provider, user, isDeleted: found is null, cancellationToken);
        }
        catch (IdentityProviderException exception)
        {
            provider.State.Failed(exception);
            LogNotTold(user.Subject, exception);
            return IdentityProviderRefresh.Away;
        }
    }

    private Task<UserRecord?> KeepAsync(
        ConfiguredProvider provider,
        UserRecord asked,
        ApplicationUser found,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        return users.UpdateAsync(
            asked.Subject,
            current =>
            {
                // A sign-in in the meantime is newer.
                if (current.SignedInAt != asked.SignedInAt)
                {
                    return null;
                }

                var told = claims.Renew(asked.IdentityProviderSubject, found.Claims, current.Claims);
                return current with
                {
                    Claims = told,
                    CustomData = customData.Extract(told, provider.Options),
                    Stamp = UserSessions.HashOf(found.Stamp),
                    ConfirmedAt = now,
                    ClaimsReadAt = found.Claims is null ? current.ClaimsReadAt : now,
                };
            },
            cancellationToken
        );
    }

    private async Task<IdentityProviderRefresh> EndAsync(
        ConfiguredProvider provider,
        UserRecord user,
        bool isDeleted,
        CancellationToken cancellationToken
    )
    {
        if (!provider.Options.EndsSessionsWithProvider)
        {
            return IdentityProviderRefresh.Fresh;
        }

        // The next authorization request sends the person to the application's login page.
        var now = await users.UpdateAsync(
            user.Subject,
            current => current.SignedInAt == user.SignedInAt ? NeedingPerson(current) : null,
            cancellationToken
        );
        if (now?.SignedInAt != user.SignedInAt)
        {
            // The person has just signed in again, which ended the older grants.
            return IdentityProviderRefresh.Ended;
        }

        LogEnded(user.Subject, isDeleted ? "was deleted or may not sign in" : "has another stamp");
        await signOut.EndAsync(user.Subject, cancellationToken);
        return IdentityProviderRefresh.Ended;
    }

    // A record from before the application had stamps gets one.
    private static bool IsSame(string? told, string? known) => told is null || known is null || told == known;

    private UserRecord NeedingPerson(UserRecord user) => user with { NeedsPersonSince = user.NeedsPersonSince ?? clock.GetUtcNow() };

    [LoggerMessage(2951, LogLevel.Information, "At the application, user {Subject} {Reason}: all grants of the user were revoked.")]
    private partial void LogEnded(string subject, string reason);

    [LoggerMessage(
        2953,
        LogLevel.Warning,
        "The application could not look up user {Subject}. Clients can refresh until OutageTolerance is over."
    )]
    private partial void LogNotTold(string subject, Exception exception);
}
