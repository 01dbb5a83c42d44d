using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Rejects lifetimes that are not positive or contradict each other.</summary>
internal sealed class TokenOptionsValidator : IValidateOptions<TokenOptions>
{
    public ValidateOptionsResult Validate(string? name, TokenOptions options)
    {
        (string Setting, TimeSpan Value)[] lifetimes =
        [
            (nameof(options.AuthorizationCodeLifetime), options.AuthorizationCodeLifetime),
            (nameof(options.HandOffCodeLifetime), options.HandOffCodeLifetime),
            (nameof(options.PushedRequestLifetime), options.PushedRequestLifetime),
            (nameof(options.AccessTokenLifetime), options.AccessTokenLifetime),
            (nameof(options.IdentityTokenLifetime), options.IdentityTokenLifetime),
            (nameof(options.RefreshTokenLifetime), options.RefreshTokenLifetime),
            (nameof(options.InteractionLifetime), options.InteractionLifetime),
            (nameof(options.BrowserSessionLifetime), options.BrowserSessionLifetime),
        ];
        var problems = lifetimes
            .Where(lifetime => lifetime.Value <= TimeSpan.Zero)
            .Select(lifetime =>
                Describe(
                    $"{TokenOptions.Section}:{lifetime.Setting}",
                    $"is {lifetime.Value}",
                    "Use a positive time span, for instance 00:15:00."
                )
            )
            .ToList();
        if (options.RefreshTokenAbsoluteLifetime < options.RefreshTokenLifetime)
        {
            problems.Add(
                Describe(
                    $"{TokenOptions.Section}:{nameof(options.RefreshTokenAbsoluteLifetime)}",
                    "is shorter than RefreshTokenLifetime",
                    "Make it at least as long."
                )
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
