using System.Net;
using System.Net.Sockets;

namespace McpOidc.Tests.Hosting;

/// <summary>Ports for servers that have to know their own URL before they listen.</summary>
public static class Loopback
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<int> s_given = [];

    /// <summary>A port on which nobody listens, and which no other test of this run was given.</summary>
    public static int FreePort()
    {
        lock (s_gate)
        {
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                var port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (s_given.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
