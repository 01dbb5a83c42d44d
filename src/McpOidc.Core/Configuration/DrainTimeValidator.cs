using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Limits the drain to what supervisors wait for: systemd waits 90 seconds, Compose and Kubernetes less.</summary>
internal sealed class DrainTimeValidator : IValidateOptions<McpOidcOptions>
{
    private static readonly TimeSpan s_maximum = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, McpOidcOptions options) =>
        options.DrainTime is null || (options.DrainTime >= TimeSpan.Zero && options.DrainTime <= s_maximum)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                Describe("McpOidc:DrainTime", $"is {options.DrainTime}", "Set it to between 00:00:00 and 00:01:00, or remove it.")
            );
}
