namespace McpOidc.Doctor;

/// <summary>Every check, in the order in which they run: those further down use what those above have found.</summary>
internal static class Checks
{
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
