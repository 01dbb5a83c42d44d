using McpOidc.Federation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.SignIn.Rules;

/// <summary>Warns at start where anybody in the world may sign in, and nobody has said that they shall.</summary>
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
        "Anybody in the world who has an account at {Issuer} may sign in here: no rule says who may. Set {Setting}; "
            + "docs/identity-providers.md says how."
    )]
    private partial void LogOpen(string issuer, string setting);
}
