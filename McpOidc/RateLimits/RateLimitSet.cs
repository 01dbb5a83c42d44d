using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>Every limit, as the settings have it.</summary>
internal sealed class RateLimitSet(IOptions<RateLimitOptions> options, IOptions<RegistrationOptions> registration)
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>The key of a limit that holds for all callers together.</summary>
    public const string Everybody = "";

    public RateLimit Client { get; } = new("client", options.Value.RequestsPerClientAndMinute, s_minute);
    public RateLimit User { get; } = new("user", options.Value.RequestsPerUserAndMinute, s_minute);
    public RateLimit Grant { get; } = new("grant", options.Value.RequestsPerGrantAndMinute, s_minute);
    public RateLimit AuthorizationsOfAddress { get; } = new("authorizations-of-address", options.Value.AuthorizationsPerAddressAndMinute, s_minute);
    public RateLimit FailuresOfAddress { get; } = new("failures-of-address", options.Value.FailuresPerAddressAndMinute, s_minute);
    public RateLimit FailuresOfClient { get; } = new("failures-of-client", options.Value.FailuresPerClientAndMinute, s_minute);
    public RateLimit RegistrationsOfAddress { get; } = new("registrations-of-address", options.Value.RegistrationsPerAddressAndHour, s_hour);
    public RateLimit Registrations { get; } = new("registrations", options.Value.RegistrationsPerHour, s_hour);
    public RateLimit DocumentFetches { get; } = new("document-fetches", options.Value.DocumentFetchesPerMinute, s_minute);
    public RateLimit DocumentFetchesOfHost { get; } = new("document-fetches-of-host", registration.Value.ClientIdMetadataDocuments.FetchesPerHostAndMinute, s_minute);
}
