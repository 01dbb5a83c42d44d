using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

internal sealed class AdminOptionsValidator : IValidateOptions<AdminOptions>
{
    private const int MinimumLength = 32;

    public ValidateOptionsResult Validate(string? name, AdminOptions options)
        => string.IsNullOrEmpty(options.Key) || options.Key.Length >= MinimumLength
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(Describe("McpOidc:Admin:Key", "is too short", $"Set it to at least {MinimumLength} random characters, or remove it to have no endpoints for operators."));
}
