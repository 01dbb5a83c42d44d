namespace McpOidc.Doctor;

/// <summary>Every check, in the order in which they run: those further down use what those above have found.</summary>
internal static class Checks
{
    /// <summary>The name of a check that could not say it itself.</summary>
    public static string NameOf(ICheck check) => string.Concat(check.GetType().Name["Check".Length..].Select((letter, i) => char.IsAsciiLetterUpper(letter) && i > 0 ? $" {letter}" : $"{letter}")).ToLowerInvariant();

    public static readonly IReadOnlyList<ICheck> InOrder =
    [
        new CheckConfiguration(),
        new CheckUnknownSettings(),
        new CheckSqlite(),
        new CheckRedis(),
        new CheckStoreAnswers(),
        new CheckKeys(),
        new CheckIdpDiscovery(),
        new CheckIdpKeys(),
        new CheckClock(),
        new CheckIdpClient(),
        new CheckRedirectUri(),
        new CheckOfflineAccess(),
        new CheckProxy(),
        new CheckWellKnownForms(),
        new CheckEndpoints(),
        new CheckPublishedKeys(),
        new CheckCors(),
        new CheckBackChannelLogout(),
        new CheckRegistration(),
        new CheckResources(),
    ];
}
