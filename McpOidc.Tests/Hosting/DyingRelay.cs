using System.Net;
using System.Net.Sockets;

namespace McpOidc.Tests.Hosting;

/// <summary>Forwards connections to a server until it dies as a killed process does: its connections end before its listener, so that what
/// it still accepts is hung up on.</summary>
internal sealed class DyingRelay : IAsyncDisposable
{
    private const int LastConnections = 3;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _death = new();
    private readonly int _target;
    private readonly Task _accepting;

    public DyingRelay(int target)
    {
        _target = target;
        _listener.Start();
        Address = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    public Task DieAsync() => _death.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await DieAsync();
        _listener.Stop();
        await _accepting.WaitAsync(TimeSpan.FromSeconds(10));
        _listener.Dispose();
        _death.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            for (var last = 0; last < LastConnections; last += _death.IsCancellationRequested ? 1 : 0)
            {
                open.Add(ForwardAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }

        _listener.Stop();
        await Task.WhenAll(open);
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync("127.0.0.1", _target, _death.Token);
                var (near, far) = (client.GetStream(), server.GetStream());
                await Task.WhenAny(near.CopyToAsync(far, _death.Token), far.CopyToAsync(near, _death.Token));
            }
            catch (OperationCanceledException)
            {
                // Dead: hangs up.
            }
        }
    }
}
