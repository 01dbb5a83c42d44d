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
                break;
        }

        if (!options.Scopes.Split(' ').Contains(OfflineAccess))
        {
            options.Scopes += " " + OfflineAccess;
        }
    }
}
