using McpOidc.Federation;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

internal sealed class AdminOptionsValidator(SettingsRoot settings) : IValidateOptions<AdminOptions>
{
    private const int MinimumLength = 32;
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        var problems = Problems(options).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Problems(AdminOptions options)
    {
        if (options.Key is { Length: > 0 and < MinimumLength })
        {
            yield return Describe(
                "McpOidc:Admin:Key",
                "is too short",
                $"Set it to at least {MinimumLength} random characters, or remove it to disable the operators' endpoints."
            );
        }

        if (string.IsNullOrEmpty(options.Claim) != string.IsNullOrEmpty(options.Value))
        {
            yield return string.IsNullOrEmpty(options.Value)
                ? Describe(
                    "McpOidc:Admin:Value",
                    "is missing",
                    "Set it to the value of McpOidc:Admin:Claim that operators have, or remove the claim to disable the operators' pages."
                )
                : Describe(
                    "McpOidc:Admin:Claim",
                    "is missing",
                    "Set it to the claim that must be McpOidc:Admin:Value for an operator, or remove the value to disable the pages for "
                        + "operators."
                );
        }

        if (options.Claim is { Length: > 0 } claim && ClaimPath.Parse(claim) is null)
        {
            yield return UserRuleChecks.NoPath("McpOidc:Admin:Claim", claim);
        }

        if (
            options.Provider is { Length: > 0 } provider
            && !NamedProvidersSetup.NamesIn(settings).Contains(provider, StringComparer.OrdinalIgnoreCase)
        )
        {
            yield return Describe(
                "McpOidc:Admin:Provider",
                $"names '{provider}', which is not a configured provider",
                "Set it to a name below McpOidc:IdentityProvider:Providers, or remove it to use the provider of McpOidc:IdentityProvider."
            );
        }

        if (options.SignInInterval < s_shortest)
        {
            yield return Describe(
                "McpOidc:Admin:SignInInterval",
                "is less than one minute",
                "Use at least 00:01:00, for instance 01:00:00."
            );
        }
    }
}
