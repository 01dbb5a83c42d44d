using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>Sets defaults for the application as the unnamed identity provider, and for its roles. Settings of the operator take
/// precedence.</summary>
internal sealed class ApplicationProviderSetup(IOptions<PageOptions> pages)
    : IPostConfigureOptions<IdentityProviderOptions>,
        IPostConfigureOptions<ResourceServerOptions>
{
    // A check only reads the application's own database.
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromMinutes(1);
    private static readonly string[] s_forwarded = ["acr_values", "ui_locales"];

    public void PostConfigure(string? name, IdentityProviderOptions options)
    {
        if (!string.IsNullOrEmpty(name))
        {
            return;
        }

        options.Issuer = string.IsNullOrEmpty(options.Issuer) ? ApplicationIdentityProvider.Issuer : options.Issuer;
        options.DisplayName ??= pages.Value.Name is { Length: > 0 } brand ? brand : "This application";
        options.UserCheckInterval ??= s_checkInterval;
        if (options.UserLiveness == IdentityProviderUserLiveness.Auto)
        {
            options.UserLiveness = IdentityProviderUserLiveness.Always;
        }

        foreach (var parameter in s_forwarded.Except(options.ForwardedParameters).ToList())
        {
            options.ForwardedParameters.Add(parameter);
        }
    }

    public void PostConfigure(string? name, ResourceServerOptions options) => options.RoleClaim ??= "roles";
}
