using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>A corporate proxy: accepts CONNECT (RFC 9110 §9.3.6) for any host, but always tunnels to the same endpoint.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _target;
    private readonly Task _accepting;

    public ConnectProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>The request lines and headers of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What it answers instead of opening a tunnel, for instance <c>502 Bad Gateway</c>.</summary>
    public string? Refusal { get; set; }

    /// <summary>The required value of Proxy-Authorization.</summary>
    public string? Wanted { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.WaitAsync(TimeSpan.FromSeconds(10));
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await ReadHeadAsync(stream) is { } head)
                {
                    Requests.Enqueue(head);
                    if (Wanted is { } wanted && !head.Contains($"Proxy-Authorization: {wanted}", StringComparison.OrdinalIgnoreCase))
                    {
                        await WriteAsync(stream, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"");
                        continue;
                    }

                    if (Refusal is { } refusal)
                    {
                        await WriteAsync(stream, refusal);
                        return;
                    }

                    using var target = new TcpClient();
                    await target.ConnectAsync(_target, _end.Token);
                    await WriteAsync(stream, "200 OK", isTunnel: true);
                    var there = target.GetStream();
                    await Task.WhenAny(stream.CopyToAsync(there, _end.Token), there.CopyToAsync(stream, _end.Token));
                    return;
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One of the two ends has closed the connection.
            }
        }
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var letter = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(letter, _end.Token) == 0)
            {
                return null;
            }

            head.Append((char)letter[0]);
        }

        return head.ToString();
    }

    private Task WriteAsync(NetworkStream stream, string answer, bool isTunnel = false) =>
        stream
            .WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\n{(isTunnel ? "" : "Content-Length: 0\r\n")}\r\n"), _end.Token)
            .AsTask();
}
