using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Keys;

/// <summary>Refuses keys that cannot sign, before anything is served with them.</summary>
internal sealed class KeyOptionsValidator : IValidateOptions<KeyOptions>
{
    public ValidateOptionsResult Validate(string? name, KeyOptions options)
    {
        if (!KeyGenerator.Algorithms.Contains(options.Algorithm))
        {
            return ValidateOptionsResult.Fail(SettingProblem.Describe(
                $"{KeyOptions.Section}:{nameof(KeyOptions.Algorithm)}", $"is '{options.Algorithm}'", $"Use one of {string.Join(", ", KeyGenerator.Algorithms)}."));
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
