namespace McpOidc.Configuration;

/// <summary>
/// The device authorization grant (RFC 8628): a program without a browser shows a code, and a person enters it on another device. Section
/// <c>McpOidc:DeviceAuthorization</c>.
/// </summary>
public sealed class DeviceAuthorizationOptions
{
    /// <summary>The configuration section: <c>McpOidc:DeviceAuthorization</c>.</summary>
    public const string Section = "McpOidc:DeviceAuthorization";

    /// <summary>
    /// Whether pre-registered clients that list <c>urn:ietf:params:oauth:grant-type:device_code</c> can use the grant. Default:
    /// <see langword="false"/>, because only the person's attention distinguishes their own device from the device of an attacker who
    /// sent a code (RFC 10027).
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>Whether self-registered clients and clients with a metadata document can use it too. Default:
    /// <see langword="false"/>.</summary>
    public bool SelfRegisteredClients { get; set; }

    /// <summary>The lifetime of a code, from 1 to 30 minutes. Default: 10 minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a program waits between two polls (RFC 8628 §3.5), from one second to one minute. A program that polls sooner must
    /// wait 5 seconds longer each time. Default: 5 seconds.</summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(5);
}
