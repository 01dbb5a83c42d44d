using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using McpOidc.Registration.MetadataDocuments;

namespace McpOidc.Tests.Hosting;

/// <summary>A simulated internet in which every name resolves to a public address, and every public address is a
/// <see cref="DocumentHost"/>.</summary>
internal sealed class FixtureTransport(DocumentHost host) : IDocumentTransport
{
    private readonly ConcurrentDictionary<string, Func<IPAddress[]>> _names = new(StringComparer.Ordinal);

    private readonly TaskCompletionSource<IPAddress[]> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _silent;
    private int _pending;

    public static IPAddress PublicAddress { get; } = IPAddress.Parse("93.184.215.14");

    public X509ChainPolicy? Trust => host.Trust;

    /// <summary>Every name that was resolved.</summary>
    public ConcurrentQueue<string> Resolved { get; } = new();

    /// <summary>Every address that was connected to.</summary>
    public ConcurrentQueue<IPAddress> Connected { get; } = new();

    public void Map(string name, Func<IPAddress[]> addresses) => _names[name] = addresses;

    /// <summary>Lookups of names below a domain hang until <see cref="EndSilence"/>, even when the caller gives up.</summary>
    public void Silence(string domain) => _silent = domain;

    /// <summary>The error for lookups, and for connections beyond this machine; <see langword="null"/> while there is internet
    /// access.</summary>
    public SocketError? Lookups { get; set; }

    /// <summary>With <see cref="SocketError.TimedOut"/>, connections are never answered.</summary>
    public SocketError? Connections { get; set; }

    public void EndSilence() => _end.TrySetResult([]);

    /// <summary>The number of pending lookups.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        Resolved.Enqueue(host);
        if (Lookups is { } error)
        {
            throw new SocketException((int)error);
        }

        if (_silent is { } domain && host.EndsWith(domain, StringComparison.Ordinal))
        {
            return WaitAsync();
        }

        return Task.FromResult(
            _names.TryGetValue(host, out var addresses) ? addresses()
            : host.StartsWith("nobody", StringComparison.Ordinal) ? []
            : [PublicAddress]
        );
    }

    public async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        Connected.Enqueue(address.Address);
        if (Connections is { } error && !IPAddress.IsLoopback(address.Address))
        {
            await (error == SocketError.TimedOut ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask);
            throw new SocketException((int)error);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.IsLoopback(address.Address) ? address : host.EndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task<IPAddress[]> WaitAsync()
    {
        Interlocked.Increment(ref _pending);
        try
        {
            return await _end.Task;
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }
}
