using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Checks that the application can sign people in, and that no provider is configured in its place.</summary>
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
        var handler = authentication.Value.Schemes.FirstOrDefault(scheme => scheme.Name == options.Scheme)?.HandlerType;
        if (!typeof(IAuthenticationSignOutHandler).IsAssignableFrom(handler))
        {
            yield return Describe(
                $"{ApplicationSignInOptions.Section}:{nameof(options.Scheme)}",
                $"is '{options.Scheme}', and the application has no such authentication scheme"
                    + (handler is null ? "" : " that signs people in and out"),
                "Add it, for example with AddAuthentication().AddCookie(), or with AddIdentity() for ASP.NET Core Identity. Or pass the "
                    + "name of an existing scheme to UseApplicationSignIn()."
            );
        }

        foreach (var claim in options.Claims.GroupBy(claim => claim.Value, claim => claim.Key).Where(claim => claim.Count() > 1))
        {
            yield return Describe(
                $"{ApplicationSignInOptions.Section}:{nameof(options.Claims)}",
                $"gives '{claim.Key}' the names {string.Join(" and ", claim.Order())}",
                "Keep only one of them."
            );
        }

        var provider = settings.Of(IdentityProviderOptions.Section);
        if (!string.IsNullOrEmpty(provider["Issuer"]) || !string.IsNullOrEmpty(provider["Preset"]))
        {
            yield return Describe(
                $"{IdentityProviderOptions.Section}:{(string.IsNullOrEmpty(provider["Issuer"]) ? "Preset" : "Issuer")}",
                "configures a provider, but UseApplicationSignIn() signs people in at the application instead",
                $"Remove it, or move the provider to {IdentityProviderOptions.ProvidersSection}:{{name}}: people then choose between both."
            );
        }
    }
}
