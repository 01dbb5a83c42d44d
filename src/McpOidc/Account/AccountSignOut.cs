using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Application;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOidc.Account;

/// <summary>Ends what a user granted: one scope, one installation, this browser session, or everything, and then at the identity provider
/// too if the operator configured it.</summary>
internal sealed partial class AccountSignOut(
    Grants grants,
    UserSessions users,
    BrowserSessions sessions,
    BrowserCookies cookies,
    IdentityProviders providers,
    Issuer issuer,
    AuditLog audit,
    ILogger<AccountSignOut> logger
)
{
    private const int RevokedAtOnce = 100;
    private const string ByUser = "user";

    public async Task EndBrowserAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        await sessions.EndAsync(http, cancellationToken);
        audit.SignedOut(visitor.Subject);
    }

    /// <summary>Ends one installation.</summary>
    public async Task EndGrantAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        if (await grants.RevokeAsync(grant.Id, cancellationToken))
        {
            audit.GrantRevoked(grant, ByUser);
        }

        // Otherwise the remembered consent would reconnect the application without asking.
        await users.ForgetConsentsAsync(grant.Subject, grant.ClientId, cancellationToken);
    }

    /// <summary>Removes one scope from an installation.</summary>
    public async Task TakeBackAsync(GrantRecord grant, string scope, CancellationToken cancellationToken)
    {
        await grants.TakeBackAsync(grant.Id, scope, cancellationToken);
        audit.GrantNarrowed(grant, scope);
        await users.ForgetConsentsAsync(grant.Subject, grant.ClientId, cancellationToken);
    }

    /// <returns>The URL to which the browser must go to be signed out at the provider, or <see langword="null"/>.</returns>
    public async Task<Uri?> EndEverywhereAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        // Browsers first: one that is still signed in could create a new grant meanwhile.
        await sessions.EndAllAsync(visitor.Subject, providerSession: null, cancellationToken);
        await EndGrantsAsync(visitor, cancellationToken);
        // Also those that a browser was creating at that moment.
        await EndGrantsAsync(visitor, cancellationToken);
        await users.ForgetConsentsAsync(visitor.Subject, clientId: null, cancellationToken);
        await EndBrowserAsync(http, visitor, cancellationToken);
        return await FindSignOutAtProviderAsync(http, visitor, cancellationToken);
    }

    /// <summary>Whether the browser is returning from the provider after a sign-out there.</summary>
    public bool ComesBack(HttpContext http) =>
        cookies.ReadBinding(http) is { Length: > 0 } browser
        && OpaqueToken.Matches(StateOf(browser), http.Request.Query["state"].ToString());

    private async Task<Uri?> FindSignOutAtProviderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        if (providers.Find(visitor.User.ProviderName) is not { Options.SignOutAtProvider: true } configured)
        {
            return null;
        }

        if (configured.Provider is ApplicationIdentityProvider application)
        {
            await application.SignOutAsync(http);
        }

        if (configured.Provider is not OidcIdentityProvider provider)
        {
            return null;
        }

        try
        {
            return await provider.FindSignOutAsync(
                visitor.User.Tokens?.IdToken,
                issuer.Endpoint(EndpointPaths.Account),
                OpaqueToken.Hash(StateOf(visitor.Browser)),
                cancellationToken
            );
        }
        catch (IdentityProviderException exception)
        {
            LogNotAtProvider(exception);
            return null;
        }
    }

    private async Task EndGrantsAsync(Visitor visitor, CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            (_, next) = await grants.RevokePageAsync(
                visitor.Subject,
                clientId: null,
                next,
                RevokedAtOnce,
                grant => audit.GrantRevoked(grant, ByUser),
                cancellationToken
            );
        } while (next is not null);
    }

    private static string StateOf(string browser) => $"{browser}.account.signed-out";

    [LoggerMessage(2871, LogLevel.Warning, "A user was signed out here but not at the identity provider, which is unreachable.")]
    private partial void LogNotAtProvider(Exception exception);
}
