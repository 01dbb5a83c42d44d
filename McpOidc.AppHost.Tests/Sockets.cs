namespace McpOidc.AppHost.Tests;

/// <summary>What the kernel reports about the sockets of a port (Linux).</summary>
internal static class Sockets
{
    private const string Listening = "0A";

    public static bool IsListening(int port) => Of(port).Any(socket => socket.State == Listening);

    /// <summary>Whether a request has arrived that the process has not read.</summary>
    public static bool HasUnreadBytes(int port) => Of(port).Any(socket => socket.State != Listening && socket.Unread > 0);

    // "sl local_address rem_address st tx_queue:rx_queue …", with hexadecimal numbers.
    private static IEnumerable<(string State, int Unread)> Of(int port) =>
        new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 4 && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
            .Select(fields => (fields[3], int.Parse(fields[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
}
