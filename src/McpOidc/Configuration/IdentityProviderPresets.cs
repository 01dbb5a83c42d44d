namespace McpOidc.Configuration;

/// <summary>Completes settings by what is known of a provider. What the operator set stays.</summary>
internal static class IdentityProviderPresets
{
    private const string OfflineAccess = "offline_access";

    public static void Apply(IdentityProviderOptions options)
    {
        switch (options.Preset)
        {
            case IdentityProviderPreset.None:
                return;
            case IdentityProviderPreset.Google:
                options.Issuer = string.IsNullOrEmpty(options.Issuer) ? "https://accounts.google.com" : options.Issuer;
                // Google refuses scopes that it does not know, and knows no offline_access.
                options.Scopes = string.Join(
                    ' ',
                    options.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(scope => scope != OfflineAccess)
                );
                options.AdditionalParameters.TryAdd("access_type", "offline");
                return;
            case IdentityProviderPreset.EntraId:
                options.Issuer = string.IsNullOrEmpty(options.Issuer)
                    ? "https://login.microsoftonline.com/organizations/v2.0"
                    : options.Issuer;
                // Without them a refresh for an API of the same registration is AADSTS90009.
                options.SendScopesAtRefresh ??= true;
                break;
            case IdentityProviderPreset.Keycloak:
                // A sign-out by an administrator ends no browser session where there is none, and then no logout token is sent.
                options.UserCheckInterval ??= TimeSpan.FromMinutes(5);
                break;
        }

        if (!options.Scopes.Split(' ').Contains(OfflineAccess))
        {
            options.Scopes += " " + OfflineAccess;
        }
    }
}
