using McpOidc.Keys;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Rejects keys that cannot sign, before the server starts.</summary>
internal sealed class KeyOptionsValidator : IValidateOptions<KeyOptions>
{
    private static readonly TimeSpan s_shortestNotice = TimeSpan.FromMinutes(15);

    public ValidateOptionsResult Validate(string? name, KeyOptions options)
    {
        if (!KeyGenerator.Algorithms.Contains(options.Algorithm))
        {
            return ValidateOptionsResult.Fail(
                SettingProblem.Describe(
                    $"{KeyOptions.Section}:{nameof(KeyOptions.Algorithm)}",
                    $"is '{options.Algorithm}'",
                    $"Use one of {string.Join(", ", KeyGenerator.Algorithms)}."
                )
            );
        }

        if (options.PublishBefore < s_shortestNotice)
        {
            return ValidateOptionsResult.Fail(
                SettingProblem.Describe(
                    $"{KeyOptions.Section}:{nameof(KeyOptions.PublishBefore)}",
                    $"is {options.PublishBefore}",
                    "Use at least 00:15:00, because MCP servers cache keys for ten minutes."
                )
            );
        }

        if (options.RotationInterval != TimeSpan.Zero && options.RotationInterval <= options.PublishBefore)
        {
            return ValidateOptionsResult.Fail(
                SettingProblem.Describe(
                    $"{KeyOptions.Section}:{nameof(KeyOptions.RotationInterval)}",
                    $"is {options.RotationInterval}, which is not longer than {KeyOptions.Section}:{nameof(KeyOptions.PublishBefore)}",
                    "Use a longer time span, or zero for no rotation."
                )
            );
        }

        if (string.IsNullOrEmpty(options.Jwks))
        {
            return ValidateOptionsResult.Success;
        }

        try
        {
            JsonWebKeySetReader.Read(options.Jwks);
            return ValidateOptionsResult.Success;
        }
        catch (FormatException exception)
        {
            return ValidateOptionsResult.Fail(exception.Message);
        }
    }
}
