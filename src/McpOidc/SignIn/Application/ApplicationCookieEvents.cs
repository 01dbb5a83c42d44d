using McpOidc.Logout;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn.Application;

/// <summary>Wraps the events of the application's cookie: marks each sign-in and reacts to each sign-out. Everything else is passed
/// on.</summary>
/// <param name="inner">The application's events.</param>
/// <param name="innerType">Their type, if the application resolves them from its services.</param>
/// <param name="signOut">Revokes the grants of a session; <see langword="null"/> if grants outlive a sign-out.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ApplicationCookieEvents(
    CookieAuthenticationEvents inner,
    Type? innerType,
    Func<UserSignOut>? signOut,
    TimeProvider clock,
    ILogger<ApplicationCookieEvents> logger
) : CookieAuthenticationEvents
{
    private static readonly object s_seen = new();

    public override Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        // With a session store, the ticket can be read only here.
        context.HttpContext.Items[s_seen] = ApplicationCookie.SessionOf(context.Properties);
        return Inner(context.HttpContext).ValidatePrincipal(context);
    }

    public override async Task SigningIn(CookieSigningInContext context)
    {
        await Inner(context.HttpContext).SigningIn(context);
        ApplicationCookie.Mark(context.Properties, clock.GetUtcNow());
    }

    public override async Task SigningOut(CookieSigningOutContext context)
    {
        await Inner(context.HttpContext).SigningOut(context);
        if (signOut is not null && !ApplicationCookie.IsForgetting(context.HttpContext) && SessionOf(context) is { } session)
        {
            await EndAsync(ProviderSession.From(ApplicationIdentityProvider.Issuer, session)!);
        }
    }

    public override Task SignedIn(CookieSignedInContext context) => Inner(context.HttpContext).SignedIn(context);

    public override Task CheckSlidingExpiration(CookieSlidingExpirationContext context) =>
        Inner(context.HttpContext).CheckSlidingExpiration(context);

    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context) =>
        Inner(context.HttpContext).RedirectToLogin(context);

    public override Task RedirectToLogout(RedirectContext<CookieAuthenticationOptions> context) =>
        Inner(context.HttpContext).RedirectToLogout(context);

    public override Task RedirectToAccessDenied(RedirectContext<CookieAuthenticationOptions> context) =>
        Inner(context.HttpContext).RedirectToAccessDenied(context);

    public override Task RedirectToReturnUrl(RedirectContext<CookieAuthenticationOptions> context) =>
        Inner(context.HttpContext).RedirectToReturnUrl(context);

    private CookieAuthenticationEvents Inner(HttpContext http) =>
        innerType is null ? inner : (CookieAuthenticationEvents)http.RequestServices.GetRequiredService(innerType);

    // Does not authenticate: Identity signs out within ValidatePrincipal, and authenticating again would recurse.
    private static string? SessionOf(CookieSigningOutContext context) =>
        context.HttpContext.Items[s_seen] as string
        ?? ApplicationCookie.SessionOf(
            context.Options.CookieManager.GetRequestCookie(context.HttpContext, context.Options.Cookie.Name!) is { Length: > 0 } cookie
                ? context.Options.TicketDataFormat.Unprotect(cookie)?.Properties
                : null
        );

    // The application's own sign-out must not fail because our store is unavailable.
    private async Task EndAsync(string session)
    {
        try
        {
            await signOut!().EndSessionAsync(session, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotEnded(exception);
        }
    }

    [LoggerMessage(
        2952,
        LogLevel.Error,
        "A user signed out of the application, but the grants of that session could not be revoked: the store is unavailable."
    )]
    private partial void LogNotEnded(Exception exception);
}
