using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Binds <c>McpOidc:IdentityProvider:Providers:{name}</c> to the options of that name.</summary>
internal sealed class NamedProvidersSetup(SettingsRoot settings) : IConfigureNamedOptions<IdentityProviderOptions>
{
    public static IReadOnlyList<string> NamesIn(SettingsRoot settings) =>
        [.. settings.Of(IdentityProviderOptions.ProvidersSection).GetChildren().Select(section => section.Key)];

    /// <summary>The name if it has settings. A provider that is no longer configured gets the settings of the unnamed one.</summary>
    public static string Known(SettingsRoot settings, string? name) =>
        name is { Length: > 0 } && NamesIn(settings).Contains(name, StringComparer.OrdinalIgnoreCase) ? name : Options.DefaultName;

    public void Configure(string? name, IdentityProviderOptions options)
    {
        if (!string.IsNullOrEmpty(name))
        {
            var section = $"{IdentityProviderOptions.ProvidersSection}:{name}";
            SettingValues.Bind(settings.Of(section), section, options);
        }
    }

    public void Configure(IdentityProviderOptions options) => Configure(Options.DefaultName, options);
}
