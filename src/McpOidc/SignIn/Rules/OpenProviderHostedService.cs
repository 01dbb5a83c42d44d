using McpOidc.Federation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn.Rules;

/// <summary>Logs a warning at start if everyone on the Internet can sign in and the operator has not confirmed that.</summary>
internal sealed partial class OpenProviderHostedService(
    IdentityProviders providers,
    IEnumerable<ISignInPolicy> policies,
    IHostEnvironment environment,
    ILogger<OpenProviderHostedService> logger
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment() && !policies.Any())
        {
            foreach (var options in providers.All.Select(provider => provider.Options))
            {
                if (options.IsOpenToTheWorld && options.Allow.Count == 0)
                {
                    LogOpen(options.Issuer, $"{options.Path}:Allow");
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        2900,
        LogLevel.Warning,
        "Anyone with an account at {Issuer} can sign in here, because no rule restricts sign-in. Set {Setting}; see "
            + "docs/who-may-sign-in.md."
    )]
    private partial void LogOpen(string issuer, string setting);
}
