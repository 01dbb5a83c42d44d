using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Refuses personal access tokens without an end, and numbers that mean nothing.</summary>
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
                "Use from 1.00:00:00 to 366.00:00:00: every token ends."
            );
        }

        if (options.MaximumPerUser is < 1 or > 500)
        {
            yield return Describe(
                $"{Section}:{nameof(options.MaximumPerUser)}",
                $"is {options.MaximumPerUser}",
                "Use from 1 to 500, or set Enabled to false to have no tokens."
            );
        }

        if (options.SignInInterval < TimeSpan.FromMinutes(1))
        {
            yield return Describe(
                $"{Section}:{nameof(options.SignInInterval)}",
                "is shorter than a minute",
                "Set it to for instance 01:00:00."
            );
        }
    }
}
