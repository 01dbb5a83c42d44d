namespace McpOidc.Configuration;

/// <summary>
/// How often something may be asked of the authorization server, counted over all its processes. Section <c>McpOidc:RateLimits</c>. A limit
/// of 0 is none.
/// </summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section: <c>McpOidc:RateLimits</c>.</summary>
    public const string Section = "McpOidc:RateLimits";

    /// <summary>Whether anything is limited at all. Default: <see langword="true"/>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Networks (CIDR) from which very many people call through few addresses, so that an address there says nothing about a caller: no
    /// limit by address holds for them. Default: the addresses from which Anthropic's services call.
    /// </summary>
    public IList<string> SharedEgress { get; } = ["160.79.104.0/21"];

    /// <summary>Answered requests of one client within a minute. A client such as claude.ai stands for all its users. Default:
    /// 30000.</summary>
    public int RequestsPerClientPerMinute { get; set; } = 30_000;

    /// <summary>Codes made, codes redeemed and tokens refreshed for one person within a minute. Default: 600.</summary>
    public int RequestsPerUserPerMinute { get; set; } = 600;

    /// <summary>Redemptions and refreshes of one grant, which is one installation of a client, within a minute. Default: 300.</summary>
    public int RequestsPerGrantPerMinute { get; set; } = 300;

    /// <summary>Authorization requests, pushed ones too, from one address within a minute. Default: 600.</summary>
    public int AuthorizationsPerAddressPerMinute { get; set; } = 600;

    /// <summary>Wrong codes, tokens, secrets and client ids from one address within a minute. Default: 300.</summary>
    public int FailuresPerAddressPerMinute { get; set; } = 300;

    /// <summary>
    /// Refresh tokens that are not known, sent from one address within a minute by clients whose registration stands in their id. They
    /// count apart from other failures: after the store was lost each client of an office has one. Default: 3000.
    /// </summary>
    public int EndedRefreshesPerAddressPerMinute { get; set; } = 3_000;

    /// <summary>Failed authentications of one client from one address within a minute. Default: 20.</summary>
    public int FailuresPerClientPerMinute { get; set; } = 20;

    /// <summary>New registrations from one address within an hour. Default: 100.</summary>
    public int RegistrationsPerAddressPerHour { get; set; } = 100;

    /// <summary>New registrations from everywhere that have to be stored, within an hour. Default: 2000.</summary>
    public int RegistrationsPerHour { get; set; } = 2_000;

    /// <summary>Changes of one registration (RFC 7592 §2.2) within an hour. Default: 20.</summary>
    public int RegistrationChangesPerClientPerHour { get; set; } = 20;

    /// <summary>
    /// What strangers may have stored at any moment, in megabytes, over all addresses and processes: sign-ins under way, pushed requests,
    /// clients with which nobody has signed in, documents, timelines. Beyond it these are refused with 503, and whoever is signed in goes
    /// on. Beyond a third of it a new registration is kept for a day. Default: 64.
    /// </summary>
    public int StrangersMegabytes { get; set; } = 64;

    /// <summary>What may be stored for requests from one address within a minute, in kilobytes. Default: 1024.</summary>
    public int StoredKilobytesPerAddressPerMinute { get; set; } = 1024;

    /// <summary>Fetches of clients' metadata documents and keys from all hosts within a minute. Default: 600.</summary>
    public int DocumentFetchesPerMinute { get; set; } = 600;

    /// <summary>Fetches of documents and keys that one address caused within a minute, of clients that are not known here yet. Default:
    /// 10.</summary>
    public int DocumentFetchesPerAddressPerMinute { get; set; } = 10;
}
