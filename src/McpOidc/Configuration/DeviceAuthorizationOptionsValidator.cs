using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Refuses codes that live too long to be safe or too briefly to be entered.</summary>
internal sealed class DeviceAuthorizationOptionsValidator : IValidateOptions<DeviceAuthorizationOptions>
{
    public ValidateOptionsResult Validate(string? name, DeviceAuthorizationOptions options)
    {
        const string Section = DeviceAuthorizationOptions.Section;
        var problems = new List<string>();
        if (options.CodeLifetime < TimeSpan.FromMinutes(1) || options.CodeLifetime > TimeSpan.FromMinutes(30))
        {
            problems.Add(
                Describe($"{Section}:{nameof(options.CodeLifetime)}", $"is {options.CodeLifetime}", "Set it to 00:01:00 to 00:30:00.")
            );
        }

        if (options.PollingInterval < TimeSpan.FromSeconds(1) || options.PollingInterval > TimeSpan.FromMinutes(1))
        {
            problems.Add(
                Describe($"{Section}:{nameof(options.PollingInterval)}", $"is {options.PollingInterval}", "Set it to 00:00:01 to 00:01:00.")
            );
        }

        if (options is { SelfRegisteredClients: true, Enabled: false })
        {
            problems.Add(
                Describe(
                    $"{Section}:{nameof(options.SelfRegisteredClients)}",
                    "is true while Enabled is false",
                    "Set McpOidc:DeviceAuthorization:Enabled to true too, or remove this setting."
                )
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
