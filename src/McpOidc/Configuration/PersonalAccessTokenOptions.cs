namespace McpOidc.Configuration;

/// <summary>
/// Personal access tokens: a person creates one at <c>/account/tokens</c> for a script or a client without OAuth, which sends it as a
/// bearer token. Section <c>McpOidc:PersonalAccessTokens</c>.
/// </summary>
public sealed class PersonalAccessTokenOptions
{
    /// <summary>The configuration section: <c>McpOidc:PersonalAccessTokens</c>.</summary>
    public const string Section = "McpOidc:PersonalAccessTokens";

    /// <summary>
    /// Whether people can create tokens, and existing tokens work. If off, existing tokens are refused at their next check, at most one
    /// access token lifetime later. Default: <see langword="true"/>; a token gives a person no more than a client that the person
    /// connects.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The longest lifetime of a token, from one day to one year. Default: 365 days.</summary>
    public TimeSpan MaximumLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>The maximum number of tokens per person, up to 500. Default: 50.</summary>
    public int MaximumPerUser { get; set; } = 50;

    /// <summary>To create a token, a person must have signed in within this time; otherwise they sign in again first. At least one minute.
    /// Default: 1 hour.</summary>
    public TimeSpan SignInInterval { get; set; } = TimeSpan.FromHours(1);
}
