using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The system's resolver, sockets and trusted certificates.</summary>
internal sealed class SystemDocumentTransport : IDocumentTransport
{
    public X509ChainPolicy? Trust => null;

    // On a separate thread: the system's resolver blocks for an unlimited time, and would occupy a thread that requests need.
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Dns.GetHostAddresses(host),
            cancellationToken,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default
        );

    public async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
