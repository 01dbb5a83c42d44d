using McpOidc.Token;
using Microsoft.Extensions.Logging;

namespace McpOidc.Audit;

/// <content>Events of personal access tokens and devices.</content>
internal sealed partial class AuditLog
{
    public void PersonalTokenMade(GrantRecord grant) =>
        PersonalTokenMade(
            grant.Subject,
            grant.Id,
            string.Join(' ', grant.Scopes),
            grant.Resource,
            grant.PersonalToken?.EndsAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            Address,
            Trace
        );

    /// <param name="grant">The grant.</param>
    /// <param name="device">The IP address of the device.</param>
    public void DeviceAllowed(GrantRecord grant, string? device) =>
        DeviceAllowed(grant.Subject, grant.ClientId, grant.Id, device, Address, Trace);

    /// <param name="subject">The user who denied access.</param>
    /// <param name="clientId">The client.</param>
    /// <param name="device">The IP address of the device.</param>
    public void DeviceDenied(string subject, string clientId, string? device) => DeviceDenied(subject, clientId, device, Address, Trace);

    [LoggerMessage(
        2980,
        LogLevel.Information,
        "personal_token.made: subject {Subject}, grant {GrantId}, scopes {Scopes}, resource {Resource}, ends {Ends}, from {Address}, "
            + "trace {Trace}.",
        EventName = "personal_token.made"
    )]
    private partial void PersonalTokenMade(
        string subject,
        string grantId,
        string scopes,
        string resource,
        string? ends,
        string? address,
        string? trace
    );

    [LoggerMessage(
        2981,
        LogLevel.Information,
        "device.allowed: subject {Subject}, client {ClientId}, grant {GrantId}, device {Device}, from {Address}, trace {Trace}.",
        EventName = "device.allowed"
    )]
    private partial void DeviceAllowed(string subject, string clientId, string grantId, string? device, string? address, string? trace);

    [LoggerMessage(
        2982,
        LogLevel.Information,
        "device.denied: subject {Subject}, client {ClientId}, device {Device}, from {Address}, trace {Trace}.",
        EventName = "device.denied"
    )]
    private partial void DeviceDenied(string subject, string clientId, string? device, string? address, string? trace);
}
