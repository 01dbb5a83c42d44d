using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn.Application;

/// <summary>Warns at start where nothing says whether a user of the application is still there.</summary>
internal sealed partial class UnaskedApplicationHostedService(
    ApplicationPeople people,
    ApplicationCookie cookie,
    ILogger<UnaskedApplicationHostedService> logger
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!people.CanTell)
        {
            LogUnasked(cookie.Scheme);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        2950,
        LogLevel.Warning,
        "Nothing says whether a user of scheme {Scheme} is still there: clients stay signed in whose user was deleted or disabled. "
            + "Call UseApplicationUsers<T>(), or for ASP.NET Core Identity UseApplicationSignIn<TUser>(). See docs/application-users.md."
    )]
    private partial void LogUnasked(string scheme);
}
