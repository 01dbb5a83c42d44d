namespace McpOidc.Token;

/// <summary>Where a person was when they allowed a client something; shown to that person.</summary>
/// <param name="Device">In a few words (<see cref="Sessions.DeviceName"/>).</param>
/// <param name="Address">The IP address.</param>
internal sealed record GrantOrigin(string? Device, string? Address);
