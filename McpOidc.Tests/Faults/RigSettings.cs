using System.Globalization;

namespace McpOidc.Tests.Faults;

/// <summary>How long and how hard; from the environment.</summary>
/// <param name="Duration">How long clients work.</param>
/// <param name="Installations">How many there are from the beginning.</param>
/// <param name="Seed">Repeats the order of the faults and the clocks.</param>
/// <param name="StrictProvider">Whether the identity provider ends a session at the first use of a refresh token that it has
/// rotated.</param>
/// <param name="Report">A file to which the table is appended.</param>
internal sealed record RigSettings(TimeSpan Duration, int Installations, int Seed, bool StrictProvider, string? Report)
{
    /// <summary>After this long at the end of a run without a fault, everybody must be able to work again.</summary>
    public static TimeSpan Calm { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it may take until all have signed in, before the first fault.</summary>
    public static TimeSpan SignInPatience { get; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// Short, so that a minute sees many refreshes of clients; and longer than two requests may hang (<see cref="RigClient"/>), so that no
    /// twin's request is still under way when another has already used the successor of its refresh token, which would be theft (OAuth 2.1
    /// §4.3.1).
    /// </summary>
    public static TimeSpan AccessTokenLifetime { get; } = TimeSpan.FromSeconds(18);

    /// <summary>Refreshed two seconds after their issue, and over in the midst of a longer outage of the provider.</summary>
    public static TimeSpan ProviderTokenLifetime { get; } = TimeSpan.FromSeconds(42);

    /// <summary>More than clocks differ.</summary>
    public static TimeSpan RefreshBefore { get; } = TimeSpan.FromSeconds(40);

    public static TimeSpan ClockDifference { get; } = TimeSpan.FromSeconds(30);

    public static RigSettings Read() =>
        new(
            TimeSpan.FromSeconds(Number("MCPOIDC_FAULTS_SECONDS") ?? 45),
            Number("MCPOIDC_FAULTS_INSTALLATIONS") ?? 20,
            Number("MCPOIDC_FAULTS_SEED") ?? Random.Shared.Next(1_000_000),
            Environment.GetEnvironmentVariable("MCPOIDC_FAULTS_STRICT_IDP") == "1",
            Environment.GetEnvironmentVariable("MCPOIDC_FAULTS_REPORT")
        );

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
