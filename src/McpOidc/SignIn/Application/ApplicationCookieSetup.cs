using McpOidc.Configuration;
using McpOidc.Logout;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>Adds our events to the cookie scheme that signs people in, and to no other.</summary>
internal sealed class ApplicationCookieSetup(
    IOptions<ApplicationSignInOptions> settings,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<ApplicationCookieEvents> logger
) : IPostConfigureOptions<CookieAuthenticationOptions>
{
    public void PostConfigure(string? name, CookieAuthenticationOptions options)
    {
        if (name != settings.Value.Scheme)
        {
            return;
        }

        options.Events = new ApplicationCookieEvents(
            options.Events,
            options.EventsType,
            settings.Value.EndsWithSession ? services.GetRequiredService<UserSignOut> : null,
            clock,
            logger
        );
        options.EventsType = null;
    }
}
