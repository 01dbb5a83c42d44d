using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Rejects schemes that no client may own, and client lifetimes shorter than those of tokens.</summary>
internal sealed class RegistrationOptionsValidator(Lifetimes lifetimes, IOptions<McpOidcOptions> server)
    : IValidateOptions<RegistrationOptions>
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
                        $"is '{value}', which is not a private-use scheme of a client",
                        "Use a form like cursor:// or com.example.app:/callback."
                    )
                );
            }
        }

        if (FindShortSecret(options) is { } problem)
        {
            return ValidateOptionsResult.Fail(problem);
        }

        if (
            options.Keys.Count == 0
            && options is { Enabled: true, Stateless: true }
            && server.Value.SecretCertificate.Path is { Length: > 0 }
        )
        {
            return ValidateOptionsResult.Fail(
                Describe(
                    $"{RegistrationOptions.Section}:{nameof(options.Keys)}:0",
                    "is missing, but required with McpOidc:SecretCertificate",
                    $"Set it to {CommonRules.MinimumSecretLength} or more random characters (openssl rand -base64 48), the same everywhere."
                )
            );
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

        return CheckIdleLifetime(options);
    }

    private static string? FindShortSecret(RegistrationOptions options)
    {
        (string Name, IList<string> Values)[] lists =
        [
            (nameof(options.InitialAccessTokens), options.InitialAccessTokens),
            (nameof(options.Keys), options.Keys),
            (nameof(options.RetiredKeys), options.RetiredKeys),
        ];
        return lists
            .SelectMany(list => list.Values.Select((value, number) => (Setting: $"{list.Name}:{number}", value.Length)))
            .Where(value => value.Length < CommonRules.MinimumSecretLength)
            .Select(value =>
                Describe(
                    $"{RegistrationOptions.Section}:{value.Setting}",
                    $"has only {value.Length} characters",
                    $"Use at least {CommonRules.MinimumSecretLength} random characters (openssl rand -base64 48)."
                )
            )
            .FirstOrDefault();
    }

    private ValidateOptionsResult CheckIdleLifetime(RegistrationOptions options) =>
        options.IdleLifetime * UsedClients.RenewalShare > lifetimes.LongestRefreshToken
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                Describe(
                    $"{RegistrationOptions.Section}:{nameof(options.IdleLifetime)}",
                    $"is {options.IdleLifetime}, so a client could expire before its refresh tokens ({lifetimes.LongestRefreshToken})",
                    "Make it at least one and a half times as long as McpOidc:Tokens:RefreshTokenLifetime."
                )
            );
}
