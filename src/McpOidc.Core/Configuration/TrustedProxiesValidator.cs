using McpOidc.Hosting;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Proxies are trusted for the whole process. If the application configures them itself, the setting would have no
/// effect.</summary>
internal sealed class TrustedProxiesValidator(ProcessGuards? guards = null) : IValidateOptions<McpOidcOptions>
{
    public ValidateOptionsResult Validate(string? name, McpOidcOptions options) =>
        guards is not null || options.TrustedProxies.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                Describe(
                    "McpOidc:TrustedProxies:0",
                    "has no effect in this application",
                    "Call AddMcpOidc().AddProcessGuards(), or remove it and configure the application's own ForwardedHeadersOptions."
                )
            );
}
