using McpOidc.Federation;
using McpOidc.SignIn.Rules;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Checks rules for users: one that matches no user, or every user, is a mistake.</summary>
internal static class UserRuleChecks
{
    public static IEnumerable<string> Check(string section, IdentityProviderOptions options)
    {
        if (ClaimPath.Parse(options.GroupsClaim) is null)
        {
            yield return NoPath($"{section}:GroupsClaim", options.GroupsClaim);
        }

        var hasRules = options.Allow.Count + options.Deny.Count > 0;
        if (options.ClaimsLifetime <= TimeSpan.Zero || (hasRules && options.ClaimsLifetime < options.CheckInterval))
        {
            yield return Describe(
                $"{section}:ClaimsLifetime",
                $"is {options.ClaimsLifetime}",
                $"Use a positive time span that is not shorter than UserCheckInterval ({options.CheckInterval}), for instance 1.00:00:00."
            );
        }

        foreach (
            var problem in Check($"{section}:{nameof(options.Allow)}", options.Allow)
                .Concat(Check($"{section}:{nameof(options.Deny)}", options.Deny))
                .Concat(CheckEmail(section, nameof(options.Allow), options.Allow, options))
                .Concat(CheckEmail(section, nameof(options.Deny), options.Deny, options))
        )
        {
            yield return problem;
        }
    }

    /// <summary>Problems of rules, independent of the provider.</summary>
    public static IEnumerable<string> Check(string section, IList<UserRule> rules) =>
        rules.SelectMany((rule, index) => Check($"{section}:{index}", rule));

    private static IEnumerable<string> Check(string section, UserRule rule)
    {
        if (rule.IsEmpty)
        {
            yield return Describe(
                section,
                "has no condition",
                "Add Claims, EmailDomains, EntraEmailDomains, Groups or Subjects, or remove it."
            );
        }

        foreach (var (claim, index) in rule.Claims.Select((claim, index) => (claim, index)))
        {
            if (ClaimPath.Parse(claim.Claim) is null)
            {
                yield return NoPath($"{section}:Claims:{index}:Claim", claim.Claim);
            }

            if (claim.Values.Count == 0)
            {
                yield return Describe(
                    $"{section}:Claims:{index}:Values",
                    "is missing",
                    "Set it to the values of which the claim must have one; * matches any value."
                );
            }
        }

        foreach (var problem in Lists(rule).SelectMany(list => CheckValues($"{section}:{list.List}", list.Values)))
        {
            yield return problem;
        }

        foreach (var (list, domains) in Domains(rule))
        {
            foreach (var index in Enumerable.Range(0, domains.Count).Where(index => EmailDomain.Normalize(domains[index]) is null))
            {
                yield return Describe(
                    $"{section}:{list}:{index}",
                    $"is '{domains[index]}', which is not a domain",
                    "Use the part after the @, for instance example.com; list each subdomain separately."
                );
            }
        }
    }

    private static IEnumerable<string> CheckValues(string list, IList<string> values)
    {
        for (var index = 0; index < values.Count; index++)
        {
            if (string.IsNullOrWhiteSpace(values[index]))
            {
                yield return Describe($"{list}:{index}", "is empty", "Set a value, or remove it.");
            }
            else if (values[index] != values[index].Trim())
            {
                // As in a path: a slip, and a rule that denies would match no one.
                yield return Describe($"{list}:{index}", $"is '{values[index]}'", "Remove the space at its beginning or end.");
            }
        }
    }

    private static IEnumerable<string> CheckEmail(string section, string list, IList<UserRule> rules, IdentityProviderOptions options)
    {
        var isEntra = options.Preset == IdentityProviderPreset.EntraId;
        for (var index = 0; index < rules.Count; index++)
        {
            if (isEntra && rules[index].EmailDomains.Count > 0)
            {
                yield return Describe(
                    $"{section}:{list}:{index}:EmailDomains",
                    "can never match, because Entra ID sends no email_verified",
                    "Use EntraEmailDomains and add the optional claims email and xms_edov to the application, or use Tenants or Groups."
                );
            }

            if (!isEntra && rules[index].EntraEmailDomains.Count > 0)
            {
                yield return Describe(
                    $"{section}:{list}:{index}:EntraEmailDomains",
                    "can never match, because only Entra ID sends xms_edov",
                    "Use EmailDomains, or set Preset to EntraId."
                );
            }
        }
    }

    private static IEnumerable<(string List, IList<string> Values)> Lists(UserRule rule) =>
        rule
            .Claims.Select((claim, index) => ($"{nameof(rule.Claims)}:{index}:{nameof(claim.Values)}", claim.Values))
            .Append((nameof(rule.Groups), rule.Groups))
            .Append((nameof(rule.Subjects), rule.Subjects));

    private static (string List, IList<string> Values)[] Domains(UserRule rule) =>
        [(nameof(rule.EmailDomains), rule.EmailDomains), (nameof(rule.EntraEmailDomains), rule.EntraEmailDomains)];

    /// <summary>The problem of a text that is no claim path.</summary>
    public static string NoPath(string setting, string? value) =>
        Describe(
            setting,
            $"is '{value}', which is not a valid claim path",
            "Separate names with dots, and put a name that contains a dot in single quotes: realm_access.roles, 'my.claim'.roles."
        );
}
