using System.Net.Sockets;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>Requests that no well-behaved client sends, byte by byte.</summary>
public static class RawHttp
{
    /// <summary>Sends a request without a body and returns the whole answer as text.</summary>
    public static async Task<string> SendAsync(string origin, string method, string target, params string[] headers)
    {
        var uri = new Uri(origin);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, deadline.Token);
        var stream = client.GetStream();
        var host = headers.Any(header => header.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)) ? "" : $"Host: {uri.Authority}\r\n";
        var text = $"{method} {target} HTTP/1.1\r\n{host}Connection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), deadline.Token);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(deadline.Token);
    }
}
