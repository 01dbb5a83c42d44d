using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Registration;

/// <summary>Refuses schemes that no client may own.</summary>
internal sealed class RegistrationOptionsValidator : IValidateOptions<RegistrationOptions>
{
    private static readonly string[] s_neverPrivate = ["http", "https", "javascript", "data", "file", "vbscript", "blob", "about", "ftp", "ws", "wss", "view-source", "filesystem", "ms-appx"];

    public ValidateOptionsResult Validate(string? name, RegistrationOptions options)
    {
        for (var i = 0; i < options.PrivateSchemes.Count; i++)
        {
            var value = options.PrivateSchemes[i];
            var scheme = value.Split(':')[0];
            if (!Uri.CheckSchemeName(scheme) || !value.Contains(":/", StringComparison.Ordinal) || s_neverPrivate.Contains(scheme, StringComparer.OrdinalIgnoreCase))
            {
                return ValidateOptionsResult.Fail(Describe($"{RegistrationOptions.Section}:PrivateSchemes:{i}", $"is '{value}', which is no private scheme of a client", "Use a form like cursor:// or com.example.app:/callback."));
            }
        }

        return options.UnusedLifetime > TimeSpan.Zero && options.IdleLifetime > TimeSpan.Zero
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(Describe($"{RegistrationOptions.Section}:IdleLifetime or UnusedLifetime", "is not positive", "Use a time span such as 90.00:00:00."));
    }
}
