using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Refuses issuers whose keys anybody on the way could exchange.</summary>
internal sealed class IdentityAssertionOptionsValidator : IValidateOptions<IdentityAssertionOptions>
{
    public ValidateOptionsResult Validate(string? name, IdentityAssertionOptions options)
    {
        var problems = options
            .Issuers.Select((issuer, index) => (issuer, index))
            .Where(item => !UrlRules.IsSecureOrLoopback(item.issuer))
            .Select(item =>
                Describe(
                    $"{IdentityAssertionOptions.Section}:Issuers:{item.index}",
                    $"is '{item.issuer}'",
                    "Use the https issuer of the identity provider; http is for loopback only."
                )
            )
            .ToList();
        if (options.KeyCacheLifetime <= TimeSpan.Zero)
        {
            problems.Add(
                Describe(
                    $"{IdentityAssertionOptions.Section}:{nameof(options.KeyCacheLifetime)}",
                    $"is {options.KeyCacheLifetime}",
                    "Use a positive time span, for instance 01:00:00."
                )
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
