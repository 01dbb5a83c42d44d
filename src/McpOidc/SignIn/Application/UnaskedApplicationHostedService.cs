using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn.Application;

/// <summary>Warns at start if deleted users of the application cannot be detected.</summary>
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
        "Deleted or disabled users of scheme {Scheme} cannot be detected: their clients stay signed in. Call UseApplicationUsers<T>(), or "
            + "UseApplicationSignIn<TUser>() for ASP.NET Core Identity. See docs/application-users.md."
    )]
    private partial void LogUnasked(string scheme);
}
