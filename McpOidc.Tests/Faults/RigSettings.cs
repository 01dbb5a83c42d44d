using System.Globalization;

namespace McpOidc.Tests.Faults;

/// <summary>Duration and load of a run, from the environment.</summary>
/// <param name="Duration">How long the clients run.</param>
/// <param name="Installations">The number of installations from the start.</param>
/// <param name="Seed">Reproduces the order of the faults and the clock offsets.</param>
/// <param name="StrictProvider">Whether the identity provider ends a session at the first reuse of a rotated refresh token.</param>
/// <param name="Report">A file to which the table is appended.</param>
internal sealed record RigSettings(TimeSpan Duration, int Installations, int Seed, bool StrictProvider, string? Report)
{
    /// <summary>The fault-free time at the end of a run after which every installation must work again.</summary>
    public static TimeSpan Calm { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The time limit for all sign-ins before the first fault.</summary>
    public static TimeSpan SignInPatience { get; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// Short, so that clients refresh many times a minute; but longer than two requests may hang (<see cref="RigClient"/>), so that no
    /// twin's request is still in flight when another has already used the successor of its refresh token, which would count as theft
    /// (OAuth 2.1 §4.3.1).
    /// </summary>
    public static TimeSpan AccessTokenLifetime { get; } = TimeSpan.FromSeconds(18);

    /// <summary>Tokens are refreshed two seconds after they are issued, and expire in the middle of a longer provider outage.</summary>
    public static TimeSpan ProviderTokenLifetime { get; } = TimeSpan.FromSeconds(42);

    /// <summary>More than the difference between the clocks.</summary>
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
