using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Stops the start if a setting has a name from before the first release, which would have no effect, and names the new
/// one.</summary>
internal sealed class RenamedSettingsValidator(SettingsRoot settings) : IValidateOptions<McpOidcOptions>
{
    // The table in docs/upgrading.md.
    private static readonly Dictionary<string, string> s_newSections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Protection"] = "ResourceServer",
        ["Upstream"] = "IdentityProvider",
    };

    private static readonly Dictionary<string, string> s_newNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["KeyRefreshCooldown"] = "KeyRefreshInterval",
        ["CheckUserEvery"] = "UserCheckInterval",
        ["SessionCacheLifetime"] = "GrantCacheLifetime",
        ["SignInEvery"] = "SignInInterval",
        ["RotateEvery"] = "RotationInterval",
        ["RequestsPerClientAndMinute"] = "RequestsPerClientPerMinute",
        ["RequestsPerUserAndMinute"] = "RequestsPerUserPerMinute",
        ["RequestsPerGrantAndMinute"] = "RequestsPerGrantPerMinute",
        ["AuthorizationsPerAddressAndMinute"] = "AuthorizationsPerAddressPerMinute",
        ["FailuresPerAddressAndMinute"] = "FailuresPerAddressPerMinute",
        ["FailuresPerClientAndMinute"] = "FailuresPerClientPerMinute",
        ["RegistrationsPerAddressAndHour"] = "RegistrationsPerAddressPerHour",
        ["FetchesPerHostAndMinute"] = "FetchesPerHostPerMinute",
    };

    public ValidateOptionsResult Validate(string? name, McpOidcOptions options)
    {
        var problems = settings
            .Of(McpOidcOptions.Section)
            .AsEnumerable(makePathsRelative: true)
            .Where(setting => setting.Value is not null)
            .Select(setting => $"{McpOidcOptions.Section}:{setting.Key}")
            .Select(setting => (Old: setting, New: NewNameOf(setting)))
            .Where(setting => setting.New != setting.Old)
            .Select(setting => Describe(setting.Old, "has been renamed", $"Use {setting.New} instead."))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static string NewNameOf(string setting) =>
        string.Join(':', setting.Split(':').Select((part, i) => (i == 1 ? s_newSections : s_newNames).GetValueOrDefault(part, part)));
}
