namespace McpOidc.Token;

/// <summary>The user's location when granting access; shown to that user.</summary>
/// <param name="Device">The device, in a few words (<see cref="Sessions.DeviceName"/>).</param>
/// <param name="Address">The IP address.</param>
/// <param name="Label">What they call it, where it is a personal access token.</param>
internal sealed record GrantOrigin(string? Device, string? Address, string? Label = null);
