using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Checks that there is an application at which people can sign in, and no other provider in its place.</summary>
internal sealed class ApplicationSignInOptionsValidator(IOptions<AuthenticationOptions> authentication, SettingsRoot settings)
    : IValidateOptions<ApplicationSignInOptions>
{
    public ValidateOptionsResult Validate(string? name, ApplicationSignInOptions options)
    {
        var problems = Check(options).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Check(ApplicationSignInOptions options)
    {
        if (!authentication.Value.SchemeMap.ContainsKey(options.Scheme))
        {
            yield return Describe(
                $"{ApplicationSignInOptions.Section}:{nameof(options.Scheme)}",
                $"is '{options.Scheme}', and the application has no such authentication scheme",
                "Add it, for instance by AddAuthentication().AddCookie(), or for ASP.NET Core Identity by AddIdentity(); or give "
                    + "UseApplicationSignIn() the name of the one that there is."
            );
        }

        foreach (var claim in options.Claims.GroupBy(claim => claim.Value, claim => claim.Key).Where(claim => claim.Count() > 1))
        {
            yield return Describe(
                $"{ApplicationSignInOptions.Section}:{nameof(options.Claims)}",
                $"gives '{claim.Key}' the names {string.Join(" and ", claim.Order())}",
                "Keep one of them."
            );
        }

        var provider = settings.Of(IdentityProviderOptions.Section);
        if (!string.IsNullOrEmpty(provider["Issuer"]) || !string.IsNullOrEmpty(provider["Preset"]))
        {
            yield return Describe(
                $"{IdentityProviderOptions.Section}:{(string.IsNullOrEmpty(provider["Issuer"]) ? "Preset" : "Issuer")}",
                "names a provider, and UseApplicationSignIn() signs people in at the application in its place",
                $"Remove it, or move that provider to {IdentityProviderOptions.ProvidersSection}:{{name}}, and people choose between both."
            );
        }
    }
}
