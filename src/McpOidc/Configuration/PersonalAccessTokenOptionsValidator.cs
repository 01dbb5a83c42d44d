using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Checks the lifetime and the number of personal access tokens.</summary>
internal sealed class PersonalAccessTokenOptionsValidator : IValidateOptions<PersonalAccessTokenOptions>
{
    private static readonly TimeSpan s_year = TimeSpan.FromDays(366);

    public ValidateOptionsResult Validate(string? name, PersonalAccessTokenOptions options)
    {
        var problems = Problems(options).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(PersonalAccessTokenOptions options)
    {
        const string Section = PersonalAccessTokenOptions.Section;
        if (options.MaximumLifetime < TimeSpan.FromDays(1) || options.MaximumLifetime > s_year)
        {
            yield return Describe(
                $"{Section}:{nameof(options.MaximumLifetime)}",
                $"is {options.MaximumLifetime}",
                "Set it to 1.00:00:00 to 366.00:00:00. Tokens without expiry are not supported."
            );
        }

        if (options.MaximumPerUser is < 1 or > 500)
        {
            yield return Describe(
                $"{Section}:{nameof(options.MaximumPerUser)}",
                $"is {options.MaximumPerUser}",
                "Set it to 1 to 500, or switch tokens off with McpOidc:PersonalAccessTokens:Enabled."
            );
        }

        if (options.SignInInterval < TimeSpan.FromMinutes(1))
        {
            yield return Describe(
                $"{Section}:{nameof(options.SignInInterval)}",
                "is shorter than a minute",
                "Set it to one minute or more, for example 01:00:00."
            );
        }
    }
}
