using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>All limits, by the names of their settings: log, audit and metrics show which setting to change.</summary>
internal sealed class RateLimitSet(IOptions<RateLimitOptions> options, IOptions<RegistrationOptions> registration)
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>The key of a limit that applies to all callers together.</summary>
    public const string Everybody = "";

    private const int AddressesOfNetwork = 8;

    public RateLimit Client { get; } =
        new(nameof(RateLimitOptions.RequestsPerClientPerMinute), options.Value.RequestsPerClientPerMinute, s_minute);

    public RateLimit User { get; } =
        new(nameof(RateLimitOptions.RequestsPerUserPerMinute), options.Value.RequestsPerUserPerMinute, s_minute);

    public RateLimit Grant { get; } =
        new(nameof(RateLimitOptions.RequestsPerGrantPerMinute), options.Value.RequestsPerGrantPerMinute, s_minute);

    public RateLimit AuthorizationsOfAddress { get; } =
        ByAddress(nameof(RateLimitOptions.AuthorizationsPerAddressPerMinute), options.Value.AuthorizationsPerAddressPerMinute, s_minute);

    public RateLimit FailuresOfAddress { get; } =
        ByAddress(nameof(RateLimitOptions.FailuresPerAddressPerMinute), options.Value.FailuresPerAddressPerMinute, s_minute);

    public RateLimit EndedRefreshesOfAddress { get; } =
        ByAddress(nameof(RateLimitOptions.EndedRefreshesPerAddressPerMinute), options.Value.EndedRefreshesPerAddressPerMinute, s_minute);

    public RateLimit FailuresOfClient { get; } =
        new(nameof(RateLimitOptions.FailuresPerClientPerMinute), options.Value.FailuresPerClientPerMinute, s_minute);

    public RateLimit WrongUserCodes { get; } =
        new(nameof(RateLimitOptions.WrongUserCodesPerUserPerHour), options.Value.WrongUserCodesPerUserPerHour, s_hour);

    public RateLimit StoredKilobytesOfAddress { get; } =
        ByAddress(
            nameof(RateLimitOptions.StoredKilobytesPerAddressPerMinute),
            Times(options.Value.StoredKilobytesPerAddressPerMinute, 1024),
            s_minute
        );

    public RateLimit RegistrationsOfAddress { get; } =
        ByAddress(nameof(RateLimitOptions.RegistrationsPerAddressPerHour), options.Value.RegistrationsPerAddressPerHour, s_hour);

    public RateLimit ChangesOfRegistration { get; } =
        new(nameof(RateLimitOptions.RegistrationChangesPerClientPerHour), options.Value.RegistrationChangesPerClientPerHour, s_hour);

    public RateLimit Registrations { get; } =
        new(nameof(RateLimitOptions.RegistrationsPerHour), options.Value.RegistrationsPerHour, s_hour);

    /// <summary>For hosts named by clients that never returned a document: four fifths.</summary>
    public RateLimit DocumentFetches { get; } =
        new(nameof(RateLimitOptions.DocumentFetchesPerMinute), Share(options.Value.DocumentFetchesPerMinute, 4), s_minute);

    /// <summary>For hosts that have returned a valid document before: a fifth, which new clients cannot use up.</summary>
    public RateLimit DocumentFetchesOfTrusted { get; } =
        new(nameof(RateLimitOptions.DocumentFetchesPerMinute), Share(options.Value.DocumentFetchesPerMinute, 1), s_minute);

    public RateLimit DocumentFetchesOfAddress { get; } =
        ByAddress(nameof(RateLimitOptions.DocumentFetchesPerAddressPerMinute), options.Value.DocumentFetchesPerAddressPerMinute, s_minute);

    public RateLimit DocumentFetchesOfHost { get; } =
        new(
            nameof(ClientIdMetadataDocumentOptions.FetchesPerHostPerMinute),
            registration.Value.ClientIdMetadataDocuments.FetchesPerHostPerMinute,
            s_minute
        );

    /// <summary>The settings of all of them.</summary>
    public IEnumerable<string> Names =>
        new[]
        {
            Client,
            User,
            Grant,
            AuthorizationsOfAddress,
            FailuresOfAddress,
            EndedRefreshesOfAddress,
            FailuresOfClient,
            WrongUserCodes,
            StoredKilobytesOfAddress,
            RegistrationsOfAddress,
            ChangesOfRegistration,
            Registrations,
            DocumentFetches,
            DocumentFetchesOfAddress,
            DocumentFetchesOfHost,
        }.Select(limit => limit.Name);

    /// <summary>A limit by address. A site with its own IPv6 network (/48) gets eight times the limit of one address.</summary>
    public static RateLimit ByAddress(string name, int permits, TimeSpan window) =>
        new(name, permits, window) { OfNetwork = new(name, Times(permits, AddressesOfNetwork), window) };

    private static int Share(int permits, int fifths) => permits == 0 ? 0 : Math.Max(1, (int)((long)permits * fifths / 5));

    private static int Times(int permits, int factor) => (int)Math.Min(int.MaxValue, (long)permits * factor);
}
