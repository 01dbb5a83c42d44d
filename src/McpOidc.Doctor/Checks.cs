namespace McpOidc.Doctor;

/// <summary>All checks, in the order in which they run: later ones use the results of earlier ones.</summary>
internal static class Checks
{
    /// <summary>The name of a check that failed before it could report it.</summary>
    public static string NameOf(ICheck check) =>
        string.Concat(
                check
                    .GetType()
                    .Name[..^"Check".Length]
                    .Select((letter, i) => char.IsAsciiLetterUpper(letter) && i > 0 ? $" {letter}" : $"{letter}")
            )
            .ToLowerInvariant();

    public static readonly IReadOnlyList<ICheck> InOrder =
    [
        new ConfigurationCheck(),
        new UnknownSettingsCheck(),
        new LeftOverSettingsCheck(),
        new SqliteCheck(),
        new RedisCheck(),
        new StoreAnswersCheck(),
        new KeysCheck(),
        new IdentityProviderDiscoveryCheck(),
        new IdentityProviderKeysCheck(),
        new IdentityProviderUserInfoCheck(),
        new ClockCheck(),
        new IdentityProviderClientCheck(),
        new RedirectUriCheck(),
        new OfflineAccessCheck(),
        new ProxyCheck(),
        new WellKnownFormsCheck(),
        new EndpointsCheck(),
        new PublishedKeysCheck(),
        new CorsCheck(),
        new BackChannelLogoutCheck(),
        new MetadataDocumentsCheck(),
        new RegistrationCheck(),
        new ResourcesCheck(),
    ];
}
