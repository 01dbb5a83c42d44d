namespace McpOidc.Tests.Hosting;

/// <summary>Where a process listens.</summary>
/// <param name="Address">The IP address.</param>
/// <param name="Namespace">The network namespace that has it, or <see langword="null"/> for that of this process.</param>
public sealed record NetworkPlace(string Address, string? Namespace = null)
{
    public static NetworkPlace Loopback { get; } = new("127.0.0.1");
}
