using System.Net.Sockets;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>Requests that no well-behaved client sends, byte by byte.</summary>
public static class RawHttp
{
    /// <summary>Sends raw bytes and returns everything that comes back until the server closes the connection.</summary>
    public static async Task<string> SendBytesAsync(string origin, string bytes)
    {
        var uri = new Uri(origin);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, deadline.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), deadline.Token);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, deadline.Token) is > 0 and var length)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }
        catch (IOException exception)
            when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset } && answer.Length > 0)
        {
            // A server that answers before it has read everything resets the connection.
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"The server keeps the connection. Its answer so far: {answer}", exception);
        }

        return answer.ToString();
    }

    /// <summary>Sends a request without a body and returns the whole response as text.</summary>
    public static async Task<string> SendAsync(string origin, string method, string target, params string[] headers)
    {
        var uri = new Uri(origin);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, deadline.Token);
        var stream = client.GetStream();
        var host = headers.Any(header => header.StartsWith("Host:", StringComparison.OrdinalIgnoreCase))
            ? ""
            : $"Host: {uri.Authority}\r\n";
        var text =
            $"{method} {target} HTTP/1.1\r\n{host}Connection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), deadline.Token);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(deadline.Token);
    }
}
