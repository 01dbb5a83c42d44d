namespace McpOidc.Configuration;

/// <summary>
/// Limits on requests to the authorization server, counted across all its processes. Section <c>McpOidc:RateLimits</c>. A limit of 0 means
/// no limit.
/// </summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section: <c>McpOidc:RateLimits</c>.</summary>
    public const string Section = "McpOidc:RateLimits";

    /// <summary>Whether limits are enforced. Default: <see langword="true"/>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Networks (CIDR) from which many users call through few addresses, so that an address does not identify a caller: limits per address
    /// do not apply to them. Default: the addresses of Anthropic's services.
    /// </summary>
    public IList<string> SharedEgress { get; } = ["160.79.104.0/21"];

    /// <summary>Successful requests per client per minute. A client such as claude.ai represents all its users. Default: 30000.</summary>
    public int RequestsPerClientPerMinute { get; set; } = 30_000;

    /// <summary>Issued codes, redeemed codes and token refreshes per user per minute. Default: 600.</summary>
    public int RequestsPerUserPerMinute { get; set; } = 600;

    /// <summary>Code redemptions and token refreshes per grant, which is one installation of a client, per minute. Default: 300.</summary>
    public int RequestsPerGrantPerMinute { get; set; } = 300;

    /// <summary>Authorization requests, including pushed ones, per address per minute. Default: 600.</summary>
    public int AuthorizationsPerAddressPerMinute { get; set; } = 600;

    /// <summary>Invalid codes, tokens, secrets and client ids per address per minute. Default: 300.</summary>
    public int FailuresPerAddressPerMinute { get; set; } = 300;

    /// <summary>
    /// Unknown refresh tokens per address per minute, from clients with a stateless registration. They are counted separately from other
    /// failures, because after a loss of the store every client in an office has one. Default: 3000.
    /// </summary>
    public int EndedRefreshesPerAddressPerMinute { get; set; } = 3_000;

    /// <summary>Failed authentications per client and address per minute. Default: 20.</summary>
    public int FailuresPerClientPerMinute { get; set; } = 20;

    /// <summary>Wrong user codes of devices per user per hour. Default: 20.</summary>
    public int WrongUserCodesPerUserPerHour { get; set; } = 20;

    /// <summary>New registrations per address per hour. Default: 100.</summary>
    public int RegistrationsPerAddressPerHour { get; set; } = 100;

    /// <summary>New registrations that must be stored, from all addresses, per hour. Default: 2000.</summary>
    public int RegistrationsPerHour { get; set; } = 2_000;

    /// <summary>Changes per registration (RFC 7592 §2.2) per hour. Default: 20.</summary>
    public int RegistrationChangesPerClientPerHour { get; set; } = 20;

    /// <summary>
    /// The storage limit for unauthenticated callers, in megabytes, across all addresses and processes: pending sign-ins, pushed requests,
    /// clients without a signed-in user, documents, timelines. Beyond it these get 503, while signed-in users are not affected. Beyond a
    /// third of it, new registrations are kept for one day. Default: 64.
    /// </summary>
    public int StrangersMegabytes { get; set; } = 64;

    /// <summary>The storage limit for requests per address per minute, in kilobytes. Default: 1024.</summary>
    public int StoredKilobytesPerAddressPerMinute { get; set; } = 1024;

    /// <summary>Fetches of clients' metadata documents and keys, from all hosts, per minute. Default: 600.</summary>
    public int DocumentFetchesPerMinute { get; set; } = 600;

    /// <summary>Fetches of documents and keys of unknown clients, and as many again of known ones, per causing address per minute.
    /// Default: 10.</summary>
    public int DocumentFetchesPerAddressPerMinute { get; set; } = 10;
}
