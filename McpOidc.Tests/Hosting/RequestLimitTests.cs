using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;

namespace McpOidc.Tests.Hosting;

/// <summary>Requests that are too large, too slow or malformed (H14, H15, H16).</summary>
public sealed class RequestLimitTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    private const int TooLarge = (64 * 1024) + 1;

    public static TheoryData<string, string> Endpoints =>
        new()
        {
            { "/token", "application/x-www-form-urlencoded" },
            { "/token/revocation", "application/x-www-form-urlencoded" },
            { "/token/introspection", "application/x-www-form-urlencoded" },
            { "/revoke", "application/x-www-form-urlencoded" },
            { "/request", "application/x-www-form-urlencoded" },
            { "/authorize", "application/x-www-form-urlencoded" },
            { "/oauth/consent", "application/x-www-form-urlencoded" },
            { "/session/end", "application/x-www-form-urlencoded" },
            { "/register", "application/json" },
            { "/account", "application/x-www-form-urlencoded" },
            // Routing and OpenIddict match paths case-insensitively.
            { "/TOKEN", "application/x-www-form-urlencoded" },
            { "/Register", "application/json" },
        };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task An_oversized_body_is_refused_with_or_without_a_declared_length(string path, string type)
    {
        var head = $"POST {path} HTTP/1.1\r\nHost: {Authority}\r\nConnection: close\r\nContent-Type: {type}\r\n";
        var announced = await RawHttp.SendBytesAsync(
            fixture.System.Issuer,
            $"{head}Content-Length: {TooLarge}\r\n\r\na={new string('a', TooLarge - 2)}"
        );
        Assert.StartsWith("HTTP/1.1 413", announced, StringComparison.Ordinal);
        Assert.Contains("\"error\":\"invalid_request\"", announced, StringComparison.Ordinal);

        var chunked = await RawHttp.SendBytesAsync(
            fixture.System.Issuer,
            $"{head}Transfer-Encoding: chunked\r\n\r\n{TooLarge:x}\r\na={new string('a', TooLarge - 2)}\r\n0\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 413", chunked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_body_is_a_client_error()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("localhost", new Uri(fixture.System.Issuer).Port);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /token HTTP/1.1\r\nHost: {Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                    + $"100\r\n\r\na=b"
            )
        );
        client.Client.Shutdown(SocketShutdown.Send);
        // Closed without a response, because the client is gone: by FIN or by RST, depending on what the operating system sees first.
        Assert.True(await IsClosedAsync(stream));
        Assert.DoesNotContain(
            fixture.System.Server.Logs.Lines,
            line => line.StartsWith("Error ", StringComparison.Ordinal) && line.Contains("nexpected end", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(431, "X-Long: {0}")]
    [InlineData(431, "Cookie: a={0}")]
    [InlineData(431, "Authorization: Bearer {0}")]
    public async Task Headers_beyond_the_limits_are_refused(int status, string header)
    {
        var answer = await RawHttp.SendAsync(
            fixture.System.Issuer,
            "GET",
            "/authorize",
            string.Format(System.Globalization.CultureInfo.InvariantCulture, header, new string('a', 40_000))
        );
        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        var many = await RawHttp.SendAsync(
            fixture.System.Issuer,
            "GET",
            "/authorize",
            [.. Enumerable.Range(0, 200).Select(number => $"X-{number}: a")]
        );
        Assert.StartsWith("HTTP/1.1 431", many, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_line_beyond_the_limit_is_refused() =>
        Assert.StartsWith(
            "HTTP/1.1 414",
            await RawHttp.SendAsync(fixture.System.Issuer, "GET", "/authorize?state=" + new string('a', 20_000)),
            StringComparison.Ordinal
        );

    // Requests that a proxy in front of this server might parse differently.
    [Theory]
    [InlineData(
        "POST /token HTTP/1.1\r\nHost: {0}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled "
            + "HTTP/1.1\r\nHost: {0}\r\n\r\n"
    )]
    [InlineData("POST /token HTTP/1.1\r\nHost: {0}\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST /token HTTP/1.1\r\nHost: {0}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /token HTTP/1.1\r\nHost: {0}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /authorize HTTP/1.1\r\nHost: {0}\r\nX-Folded: a\r\n b\r\n\r\n")]
    [InlineData("GET /authorize HTTP/1.1\r\nHost: {0}\r\nHost: evil.example\r\n\r\n")]
    [InlineData("GET /authorize HTTP/1.1\r\n\r\n")]
    [InlineData("GET /authorize\0 HTTP/1.1\r\nHost: {0}\r\n\r\n")]
    [InlineData("GET /authorize HTTP/1.1\r\nHost: {0}\r\nX: a\0b\r\n\r\n")]
    public async Task An_ambiguous_request_is_refused_and_the_connection_is_closed(string request)
    {
        var answer = await RawHttp.SendBytesAsync(
            fixture.System.Issuer,
            string.Format(System.Globalization.CultureInfo.InvariantCulture, request, Authority)
        );
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Equal(1, System.Text.RegularExpressions.Regex.Count(answer, "HTTP/1\\.1 "));
    }

    [Fact]
    public async Task A_client_that_sends_headers_slowly_is_cut_off_and_others_are_served_meanwhile()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Mcp = builder =>
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1))
        );
        var slow = Enumerable
            .Range(0, 50)
            .Select(_ => RawHttp.SendBytesAsync(system.Issuer, "GET /authorize HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))
            .ToList();
        Assert.StartsWith("HTTP/1.1 200", await RawHttp.SendAsync(system.Issuer, "GET", "/jwks"), StringComparison.Ordinal);
        Assert.All(
            await Task.WhenAll(slow),
            answer => Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer)
        );
    }

    private string Authority => new Uri(fixture.System.Issuer).Authority;

    private static async Task<bool> IsClosedAsync(NetworkStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30)) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
