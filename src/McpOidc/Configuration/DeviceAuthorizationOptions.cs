namespace McpOidc.Configuration;

/// <summary>
/// The device authorization grant (RFC 8628): a program without a browser shows a code, and a person types it on another device. Section
/// <c>McpOidc:DeviceAuthorization</c>.
/// </summary>
public sealed class DeviceAuthorizationOptions
{
    /// <summary>The configuration section: <c>McpOidc:DeviceAuthorization</c>.</summary>
    public const string Section = "McpOidc:DeviceAuthorization";

    /// <summary>
    /// Whether there is such a grant. Clients of the settings may use it that list
    /// <c>urn:ietf:params:oauth:grant-type:device_code</c>. Default: <see langword="false"/>: nothing but the person's attention tells
    /// their own device from that of somebody who sent them a code (RFC 10027).
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>Whether clients may use it that registered themselves, or are described by a document. Default:
    /// <see langword="false"/>.</summary>
    public bool SelfRegisteredClients { get; set; }

    /// <summary>How long a code may be typed and redeemed. Default: 10 minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a program waits between two questions (RFC 8628 §3.5); one that asks sooner has to wait 5 seconds more each time.
    /// Default: 5 seconds.</summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(5);
}
