using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary>Responses that are streaming when their token or sign-in ends, on MCP servers with and without sessions (security cases G15,
/// G22 to G24, H13).</summary>
public sealed class OpenStreamTests : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""";
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly Browser _browser = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly EndlessTool _tool = new();
    private TestSystem _system = null!;
    private OAuthClient _client = null!;
    private TokenAnswer _tokens = null!;
    private string _session = "";

    public Task InitializeAsync() => StartAsync(stateless: false);

    private async Task StartAsync(bool stateless, string? group = null)
    {
        _session = "";
        _system = await TestSystem.StartAsync(options =>
        {
            if (group is not null)
            {
                options.Set("McpOidc:IdentityProvider:Allow:0:Groups:0", group);
                options.Set("McpOidc:IdentityProvider:UserCheckInterval", "00:05:00");
            }

            options.Mcp = builder =>
            {
                builder.Services.AddSingleton(_tool);
                builder.Services.Configure<HttpServerTransportOptions>(transport => transport.Stateless = stateless);
                builder.Services.AddMcpServer().WithTools<EndlessTool>();
            };
        });
        _client = _system.CreateClient();
        _tokens = await _client.SignInAsync(_browser);
        using var shaken = await PostAsync(
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}"""
        );
        _session = stateless ? "" : shaken.Headers.GetValues("Mcp-Session-Id").Single();
        using var told = await PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        Assert.True(told.IsSuccessStatusCode);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        _client.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [InlineData("bob")]
    [InlineData("alice")]
    public async Task The_MCP_session_of_one_client_and_person_is_not_found_by_any_other(string userName)
    {
        using var theirs = new Browser { UserName = userName };
        using var other = _system.CreateClient();
        var tokens = await other.SignInAsync(theirs);
        using var stolen = await PostAsync(List, tokens.AccessToken);
        Assert.Equal(404, (int)stolen.StatusCode);
        using var listening = await ListenAsync(tokens.AccessToken);
        Assert.Equal(404, (int)listening.StatusCode);
        // The MCP SDK also returns 200 for an unknown session; what matters is that this one continues, see below.
        using var ended = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, _system.Resource), tokens.AccessToken);

        // Indistinguishable from a session that never existed.
        var own = _session;
        _session = "never-was";
        using var unknown = await PostAsync(List, tokens.AccessToken);
        Assert.Equal(404, (int)unknown.StatusCode);
        Assert.Equal(await unknown.Content.ReadAsStringAsync(), await stolen.Content.ReadAsStringAsync());
        Assert.Equal(unknown.Content.Headers.ContentType, stolen.Content.Headers.ContentType);

        _session = own;
        using var mine = await PostAsync(List);
        Assert.Equal(200, (int)mine.StatusCode);
    }

    [Fact]
    public async Task The_MCP_session_continues_with_the_next_token_of_its_client()
    {
        var refreshed = await _client.RefreshAsync(_tokens.RefreshToken);
        using var answer = await PostAsync(List, refreshed.AccessToken);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    // With sessions it does not: up to MCP 2025-11-25, a disconnected client may come back for the response.
    [Fact]
    public async Task Without_sessions_a_stream_closed_by_its_client_cancels_the_tool()
    {
        await RestartWithoutSessionsAsync();
        using var gone = new CancellationTokenSource();
        var call = CallEndlessAsync(gone.Token);
        await _tool.Started.Task.WaitAsync(s_patience);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await _tool.Cancelled.Task.WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_stream_waiting_for_notifications_ends_with_its_token_and_a_running_call_does_not()
    {
        using var listening = await ListenAsync(_tokens.AccessToken);
        Assert.Equal(200, (int)listening.StatusCode);
        var call = CallEndlessAsync(CancellationToken.None);
        await _tool.Started.Task.WaitAsync(s_patience);

        _system.Clock.Advance(TimeSpan.FromSeconds(_tokens.Body["expires_in"]!.GetValue<int>() + 31));
        await AssertEndsAsync(listening, s_bound);
        Assert.False(_tool.Cancelled.Task.IsCompleted);
        _tool.Finish.SetResult();
        Assert.Contains("finished", await call, StringComparison.Ordinal);

        using var anew = await PostAsync(List, (await _client.RefreshAsync(_tokens.RefreshToken)).AccessToken);
        Assert.Equal(200, (int)anew.StatusCode);
    }

    [Fact]
    public async Task A_stream_ends_when_the_person_is_removed_from_the_group()
    {
        await _system.DisposeAsync();
        await StartAsync(stateless: false, group: "staff");
        using var listening = await ListenAsync(_tokens.AccessToken);
        Assert.Equal(200, (int)listening.StatusCode);
        _system.Idp!.SetGroups("alice", "engineering");
        _system.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(_tokens.RefreshToken)).Error);
        await AssertEndsAsync(listening, s_bound);
    }

    [Fact]
    public async Task Every_streaming_response_ends_with_the_sign_in()
    {
        using var listening = await ListenAsync(_tokens.AccessToken);
        var call = CallEndlessAsync(CancellationToken.None);
        await _tool.Started.Task.WaitAsync(s_patience);
        await RevokeAsync();
        var start = Stopwatch.GetTimestamp();
        await AssertEndsAsync(listening, s_bound);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => call.WaitAsync(s_bound));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_bound);
    }

    [Fact]
    public async Task The_end_of_the_sign_in_cancels_the_tool_when_there_are_no_MCP_sessions()
    {
        await RestartWithoutSessionsAsync();
        var call = CallEndlessAsync(CancellationToken.None);
        await _tool.Started.Task.WaitAsync(s_patience);
        await RevokeAsync();
        await _tool.Cancelled.Task.WaitAsync(s_bound);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => call.WaitAsync(s_bound));
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_does_not_wait_for_streams()
    {
        using var listening = await ListenAsync(_tokens.AccessToken);
        var start = Stopwatch.GetTimestamp();
        await _system.Mcp.StopAsync(TimeSpan.FromSeconds(30));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_bound);
        await AssertEndsAsync(listening, s_bound);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_in_progress_finishes_when_the_server_is_told_to_stop_and_no_new_call_starts(bool stateless)
    {
        if (stateless)
        {
            await RestartWithoutSessionsAsync();
        }

        var call = CallEndlessAsync(CancellationToken.None);
        await _tool.Started.Task.WaitAsync(s_patience);
        var stopping = _system.Mcp.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var stop = _system.Mcp.StopAsync(TimeSpan.FromSeconds(30));
        await AssertRefusesConnectionsAsync();
        Assert.True(stopping.IsCancellationRequested);
        Assert.False(stop.IsCompleted);
        _tool.Finish.SetResult();
        Assert.Contains("finished", await call.WaitAsync(s_patience), StringComparison.Ordinal);
        await stop.WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_call_that_never_ends_delays_a_stopping_server_by_at_most_thirty_seconds()
    {
        Assert.InRange(
            _system.Mcp.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(30)
        );
        var call = CallEndlessAsync(CancellationToken.None);
        await _tool.Started.Task.WaitAsync(s_patience);
        await _system.Mcp.StopAsync(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => call.WaitAsync(s_bound));
        await _tool.Cancelled.Task.WaitAsync(s_patience);
    }

    private async Task AssertRefusesConnectionsAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync("localhost", new Uri(_system.Resource).Port, limit.Token);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private async Task RestartWithoutSessionsAsync()
    {
        await _system.DisposeAsync();
        await StartAsync(stateless: true);
    }

    private async Task RevokeAsync() =>
        Assert.Equal(
            200,
            (await _client.PostAsync("/token/revocation", [("token", _tokens.RefreshToken), ("client_id", _client.ClientId)])).Status
        );

    private static async Task AssertEndsAsync(HttpResponseMessage stream, TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        try
        {
            using var body = await stream.Content.ReadAsStreamAsync(limit.Token);
            var buffer = new byte[1024];
            while (await body.ReadAsync(buffer, limit.Token) > 0) { }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // A dropped connection is as good as a regular end.
        }
    }

    private async Task<string> CallEndlessAsync(CancellationToken cancellationToken)
    {
        using var answer = await PostAsync(
            """{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"endless","arguments":{}}}""",
            cancellationToken: cancellationToken
        );
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    private Task<HttpResponseMessage> ListenAsync(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, _system.Resource);
        request.Headers.Accept.ParseAdd("text/event-stream");
        return SendAsync(request, token);
    }

    private Task<HttpResponseMessage> PostAsync(string body, string? token = null, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _system.Resource)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        return SendAsync(request, token ?? _tokens.AccessToken, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        string token,
        CancellationToken cancellationToken = default
    )
    {
        using (request)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
            if (_session.Length > 0)
            {
                request.Headers.Add("Mcp-Session-Id", _session);
            }

            // Cancels the request itself: giving up only the wait would leak the connection of a response that arrives at that moment.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_patience);
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
    }

    [McpServerToolType]
    private sealed class EndlessTool
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Finish { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        [McpServerTool(Name = "endless"), Description("Runs until it is told to finish.")]
        public static async Task<string> RunAsync(EndlessTool tool, CancellationToken cancellationToken)
        {
            tool.Started.TrySetResult();
            try
            {
                await tool.Finish.Task.WaitAsync(cancellationToken);
                return "finished";
            }
            catch (OperationCanceledException)
            {
                tool.Cancelled.TrySetResult();
                throw;
            }
        }
    }
}
