namespace McpOidc.Configuration;

/// <summary>
/// Personal access tokens: a person makes one at <c>/account/tokens</c> for a script or a client without OAuth, which sends it as a bearer
/// token. Section <c>McpOidc:PersonalAccessTokens</c>.
/// </summary>
public sealed class PersonalAccessTokenOptions
{
    /// <summary>The configuration section: <c>McpOidc:PersonalAccessTokens</c>.</summary>
    public const string Section = "McpOidc:PersonalAccessTokens";

    /// <summary>
    /// Whether people may make tokens, and those that were made are good. When off, those that were made are refused as soon as they would
    /// be checked, after the lifetime of an access token at the latest. Default: <see langword="true"/>: a token gives a person no more
    /// than a client that the person connects.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The longest time for which a token may be made, up to a year. Default: 365 days.</summary>
    public TimeSpan MaximumLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How many tokens a person may have at a time. Default: 50.</summary>
    public int MaximumPerUser { get; set; } = 50;

    /// <summary>How long ago a person may have signed in who makes a token; later the page asks for another sign-in first. Default: 1
    /// hour.</summary>
    public TimeSpan SignInInterval { get; set; } = TimeSpan.FromHours(1);
}
