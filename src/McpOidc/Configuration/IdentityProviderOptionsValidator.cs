using McpOidc.Federation;
using McpOidc.SignIn.Application;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Completes and checks the identity provider's settings.</summary>
internal sealed class IdentityProviderOptionsValidator(IServiceProvider services)
    : IPostConfigureOptions<IdentityProviderOptions>,
        IValidateOptions<IdentityProviderOptions>
{
    // A browser waits for it, and McpOidc.ServiceDefaults does not allow longer requests.
    private static readonly TimeSpan s_longestTimeout = TimeSpan.FromMinutes(1);

    // Control over these would allow signing in as another user; the npm package allowed overriding them.
    private static readonly string[] s_ownParameters =
    [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "resource",
    ];

    public void PostConfigure(string? name, IdentityProviderOptions options)
    {
        options.Name = name ?? "";
        IdentityProviderPresets.Apply(options);
        if (
            !string.IsNullOrEmpty(options.Issuer)
            && !options.Issuer.Contains("://", StringComparison.Ordinal)
            && options.Issuer != ApplicationIdentityProvider.Issuer
        )
        {
            options.Issuer = "https://" + options.Issuer;
        }

        var section = string.IsNullOrEmpty(name) ? IdentityProviderOptions.Section : $"{IdentityProviderOptions.ProvidersSection}:{name}";
        BindObjects(services.GetRequiredService<SettingsRoot>().Of($"{section}:{nameof(options.CustomData)}"), options);
    }

    // CustomData:organization:id is the member id of an object; configuration binding supports only values.
    private static void BindObjects(IConfiguration customData, IdentityProviderOptions options)
    {
        foreach (var (name, claim) in customData.AsEnumerable(makePathsRelative: true))
        {
            if (claim is not null)
            {
                options.CustomData[name] = claim;
            }
        }
    }

    public ValidateOptionsResult Validate(string? name, IdentityProviderOptions options)
    {
        var named = NamedProvidersSetup.NamesIn(services.GetRequiredService<SettingsRoot>());
        if (string.IsNullOrEmpty(name))
        {
            var problems = named.SelectMany(ProblemsOf).ToList();
            problems.AddRange(CheckUnnamed(options, hasNamed: named.Count > 0));
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }

        var ownProblems = Check($"{IdentityProviderOptions.ProvidersSection}:{name}", options).ToList();
        return ownProblems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(ownProblems);
    }

    // Rules apply to a provider in code too. The unnamed provider is optional if there are named ones.
    private IEnumerable<string> CheckUnnamed(IdentityProviderOptions options, bool hasNamed) =>
        services.GetService<ExplicitIdentityProvider>() is not null ? UserRuleChecks.Check(IdentityProviderOptions.Section, options)
        : hasNamed && string.IsNullOrEmpty(options.Issuer) ? []
        : Check(IdentityProviderOptions.Section, options);

    private IEnumerable<string> ProblemsOf(string name)
    {
        try
        {
            services.GetRequiredService<IOptionsMonitor<IdentityProviderOptions>>().Get(name);
            return [];
        }
        catch (OptionsValidationException exception)
        {
            return exception.Failures;
        }
    }

    private static IEnumerable<string> Check(string section, IdentityProviderOptions options)
    {
        if (string.IsNullOrEmpty(options.Issuer))
        {
            yield return Describe(
                $"{section}:Issuer",
                "is missing",
                "Set it to the issuer of your identity provider, for instance https://your-tenant.auth0.com, or register your own with "
                    + "UseIdentityProvider<T>()."
            );
        }
        else if (!UrlRules.IsSecureOrLoopback(options.Issuer, options.AllowHttp))
        {
            yield return Describe(
                $"{section}:Issuer",
                $"is '{options.Issuer}'",
                "Use the provider's https issuer; http is for loopback only, or with AllowHttp in a closed network."
            );
        }

        if (string.IsNullOrEmpty(options.ClientId))
        {
            yield return Describe($"{section}:ClientId", "is missing", "Set it to the client id of this server at the identity provider.");
        }

        foreach (
            var problem in IdentityProviderClientRules
                .Check(section, options)
                .Concat(IdentityProviderOAuthRules.Check(section, options))
                .Concat(UserRuleChecks.Check(section, options))
        )
        {
            yield return problem;
        }

        if (options.MetadataAddress is { Length: > 0 } metadata && !UrlRules.IsSecureOrLoopback(metadata, options.AllowHttp))
        {
            yield return Describe(
                $"{section}:MetadataAddress",
                $"is '{metadata}'",
                "Use the https URL of the discovery document; http is for loopback only, or with AllowHttp in a closed network."
            );
        }

        if (options.RedirectUri is { Length: > 0 } redirectUri && !UrlRules.IsSecureOrLoopback(redirectUri))
        {
            yield return Describe(
                $"{section}:RedirectUri",
                $"is '{redirectUri}'",
                "Use an https URL that ends in /oauth/callback; http is for loopback only."
            );
        }

        if (!options.OAuth.IsUsed && options.Scopes?.Split(' ').Contains("openid") is not true)
        {
            yield return Describe($"{section}:Scopes", "lacks openid, without which the provider sends no id_token", "Add openid.");
        }

        if (options.Timeout <= TimeSpan.Zero || options.Timeout > s_longestTimeout)
        {
            yield return Describe(
                $"{section}:Timeout",
                $"is {options.Timeout}",
                "Use a positive time span of at most one minute, for instance 00:00:10."
            );
        }

        if (options.RefreshBefore < TimeSpan.Zero)
        {
            yield return Describe(
                $"{section}:RefreshBefore",
                $"is {options.RefreshBefore}",
                "Use a time span that is not negative, for instance 00:01:00."
            );
        }

        if (options.UserCheckInterval < TimeSpan.Zero)
        {
            yield return Describe(
                $"{section}:UserCheckInterval",
                $"is {options.UserCheckInterval}",
                "Use a time span that is not negative, for instance 01:00:00."
            );
        }

        if (options.OutageTolerance < TimeSpan.Zero)
        {
            yield return Describe(
                $"{section}:OutageTolerance",
                $"is {options.OutageTolerance}",
                "Use a time span that is not negative, for instance 7.00:00:00."
            );
        }

        foreach (
            var name in options.CustomData.Keys.Where(name =>
                options.CustomData.Keys.Any(other => other.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            )
        )
        {
            yield return Describe(
                $"{section}:CustomData:{name}",
                "is both a claim and an object",
                "Configure either the members of the object or the claim."
            );
        }

        foreach (var parameter in options.ForwardedParameters.Intersect(s_ownParameters, StringComparer.OrdinalIgnoreCase))
        {
            yield return Describe(
                $"{section}:ForwardedParameters",
                $"contains '{parameter}', which a client must not control",
                "Remove it."
            );
        }

        foreach (var parameter in options.AdditionalParameters.Keys.Intersect(s_ownParameters, StringComparer.OrdinalIgnoreCase))
        {
            yield return Describe(
                $"{section}:AdditionalParameters:{parameter}",
                "would override a parameter that protects the sign-in",
                "Remove it."
            );
        }
    }
}
