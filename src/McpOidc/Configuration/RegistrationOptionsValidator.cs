using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Refuses schemes that no client may own, and clients that do not last as long as their tokens.</summary>
internal sealed class RegistrationOptionsValidator(Lifetimes lifetimes) : IValidateOptions<RegistrationOptions>
{
    public ValidateOptionsResult Validate(string? name, RegistrationOptions options)
    {
        for (var i = 0; i < options.PrivateSchemes.Count; i++)
        {
            var value = options.PrivateSchemes[i];
            if (!RedirectUri.CanBePrivate(value.Split(':')[0]) || !value.Contains(":/", StringComparison.Ordinal))
            {
                return ValidateOptionsResult.Fail(
                    Describe(
                        $"{RegistrationOptions.Section}:PrivateSchemes:{i}",
                        $"is '{value}', which is no private scheme of a client",
                        "Use a form like cursor:// or com.example.app:/callback."
                    )
                );
            }
        }

        for (var i = 0; i < options.InitialAccessTokens.Count; i++)
        {
            if (options.InitialAccessTokens[i].Length < CommonRules.MinimumSecretLength)
            {
                return ValidateOptionsResult.Fail(
                    Describe(
                        $"{RegistrationOptions.Section}:InitialAccessTokens:{i}",
                        $"has {options.InitialAccessTokens[i].Length} characters",
                        $"Use at least {CommonRules.MinimumSecretLength} random characters (openssl rand -base64 48)."
                    )
                );
            }
        }

        if (options.UnusedLifetime <= TimeSpan.Zero)
        {
            return ValidateOptionsResult.Fail(
                Describe(
                    $"{RegistrationOptions.Section}:{nameof(options.UnusedLifetime)}",
                    $"is {options.UnusedLifetime}",
                    "Use a positive time span, for instance 7.00:00:00."
                )
            );
        }

        return options.IdleLifetime * Clients.RenewalShare > lifetimes.LongestRefreshToken
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                Describe(
                    $"{RegistrationOptions.Section}:{nameof(options.IdleLifetime)}",
                    $"is {options.IdleLifetime}, and a client could go before its refresh tokens ({lifetimes.LongestRefreshToken})",
                    "Make it at least one and a half times as long as McpOidc:Tokens:RefreshTokenLifetime."
                )
            );
    }
}
