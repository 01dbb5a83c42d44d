using System.ComponentModel;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary>Clients that disconnect midway must not trigger operator alerts.</summary>
public sealed class DisconnectTests
{
    private const int Clients = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Clients_that_disconnect_cause_no_warnings(bool stateless, bool standalone)
    {
        var tool = new WaitingTool();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Mcp = builder =>
            {
                builder.Services.AddSingleton(tool);
                builder.Services.Configure<HttpServerTransportOptions>(transport => transport.Stateless = stateless);
                builder.Services.AddMcpServer().WithTools<WaitingTool>();
            };
        });
        var before = Warnings(signedIn).Count;

        for (var number = 0; number < Clients; number++)
        {
            await LeaveDuringCallAsync(signedIn, stateless, tool);
            await LeaveDuringBodyAsync(signedIn.System.McpOrigin, "/mcp", $"Authorization: Bearer {signedIn.Tokens.AccessToken}");
            await LeaveDuringBodyAsync(signedIn.System.Issuer, "/token", "Content-Type: application/x-www-form-urlencoded");
            await LeaveDuringBodyAsync(signedIn.System.Issuer, "/register", "Content-Type: application/json");
        }

        // By the time a later request is answered, everything those caused has been logged.
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        if (!stateless)
        {
            tool.Finish();
        }

        await tool.AllLeft(Clients);
        var unwanted = Warnings(signedIn).Skip(before).ToList();
        Assert.True(unwanted.Count == 0, string.Join('\n', unwanted));
    }

    private static List<string> Warnings(SignedInSystem signedIn) =>
        [
            .. signedIn
                .System.Sites.SelectMany(site => site.Logs.Lines)
                .Where(line =>
                    line.StartsWith("Warning", StringComparison.Ordinal)
                    || line.StartsWith("Error", StringComparison.Ordinal)
                    || line.StartsWith("Critical", StringComparison.Ordinal)
                ),
        ];

    private static async Task LeaveDuringCallAsync(SignedInSystem signedIn, bool stateless, WaitingTool tool)
    {
        using var http = new HttpClient();
        using var gone = new CancellationTokenSource();
        var session = stateless ? null : await BeginSessionAsync(http, signedIn);
        using var request = Post(
            signedIn,
            """{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"wait","arguments":{}}}""",
            session
        );
        var call = http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, gone.Token);
        await tool.WaitForStartAsync();
        await gone.CancelAsync();
        try
        {
            // If the response has already started as a stream, the client leaves the stream.
            using var answer = await call;
        }
        catch (OperationCanceledException)
        {
            // The client disconnected before the response.
        }
    }

    private static async Task<string?> BeginSessionAsync(HttpClient http, SignedInSystem signedIn)
    {
        using var request = Post(
            signedIn,
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""",
            session: null
        );
        using var answer = await http.SendAsync(request);
        return answer.Headers.GetValues("Mcp-Session-Id").Single();
    }

    private static HttpRequestMessage Post(SignedInSystem signedIn, string body, string? session)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, signedIn.System.Resource)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", signedIn.Tokens.AccessToken);
        request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }

        return request;
    }

    /// <summary>Announces a thousand bytes, sends three, and resets the connection.</summary>
    private static async Task LeaveDuringBodyAsync(string origin, string path, string header)
    {
        var uri = new Uri(origin);
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port);
        var head = $"POST {path} HTTP/1.1\r\nHost: {uri.Authority}\r\n{header}\r\nContent-Length: 1000\r\n\r\nabc";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        await client.GetStream().FlushAsync();
        using var begun = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        try
        {
            // Waits until the server has started to read; an earlier response is fine too.
            _ = await client.GetStream().ReadAsync(new byte[1], begun.Token);
        }
        catch (OperationCanceledException)
        {
            // The server is waiting for the rest.
        }

        client.LingerState = new LingerOption(true, 0);
    }

    [McpServerToolType]
    private sealed class WaitingTool
    {
        private readonly SemaphoreSlim _started = new(0);
        private readonly SemaphoreSlim _left = new(0);

        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes the calls that continue without their client, as those in sessions do.</summary>
        public void Finish() => _finish.TrySetResult();

        public async Task WaitForStartAsync() => Assert.True(await _started.WaitAsync(s_patience));

        public async Task AllLeft(int count)
        {
            for (var number = 0; number < count; number++)
            {
                Assert.True(await _left.WaitAsync(s_patience));
            }
        }

        [McpServerTool(Name = "wait"), Description("Waits until its caller has left.")]
        public static async Task<string> RunAsync(WaitingTool tool, CancellationToken cancellationToken)
        {
            tool._started.Release();
            try
            {
                await tool._finish.Task.WaitAsync(cancellationToken);
                return "";
            }
            finally
            {
                tool._left.Release();
            }
        }
    }
}
