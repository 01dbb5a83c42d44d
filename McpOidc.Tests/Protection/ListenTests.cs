using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;

namespace McpOidc.Tests.Protection;

/// <summary>The stream of <c>subscriptions/listen</c> ends with its token, however it was requested (security case G23).</summary>
public sealed class ListenTests : IAsyncLifetime
{
    private const string Revision = "2026-07-28";
    private const string Listen = "subscriptions/listen";
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new() { Timeout = s_patience };
    private SignedInSystem _signedIn = null!;
    private GrantReads _reads = null!;

    public async Task InitializeAsync() =>
        _signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder =>
            {
                StoreDecorator.Around(builder.Services, inner => _reads = new GrantReads(inner));
                builder.Services.Configure<HttpServerTransportOptions>(transport => transport.Stateless = true);
                builder
                    .Services.AddMcpServer()
                    .WithSubscriptionsListenHandler(
                        async (_, cancellationToken) =>
                        {
                            _started.TrySetResult();
                            using var _1 = cancellationToken.Register(() => _ended.TrySetResult());
                            await _ended.Task;
                            cancellationToken.ThrowIfCancellationRequested();
                            return new EmptyResult();
                        }
                    );
            };
        });

    public async Task DisposeAsync()
    {
        _ended.TrySetResult();
        _http.Dispose();
        await _signedIn.DisposeAsync();
    }

    // The second names its revision in the message only, in which case the MCP SDK does not require the header.
    [Theory]
    [InlineData(Revision, Listen)]
    [InlineData(null, null)]
    public async Task A_subscription_ends_when_its_token_and_the_clock_tolerance_expire_and_not_earlier(string? version, string? header)
    {
        var listening = SendAsync(version, header, _signedIn.Tokens.AccessToken);
        await _started.Task.WaitAsync(s_patience);

        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(_signedIn.Tokens.Body["expires_in"]!.GetValue<int>() - 11));
        // Twenty seconds after the token expires, the stream has been checked, found open, and its sign-in looked up.
        await _reads.AfterAsync(
            StoreKeys.Grant.Key(JwtReader.Payload(_signedIn.Tokens.AccessToken)["sid"]!.ToString()),
            _signedIn.System.Clock
        );
        Assert.False(_ended.Task.IsCompleted);

        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(11));
        var start = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => listening.WaitAsync(s_patience));
        await _ended.Task.WaitAsync(s_patience);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_bound);

        var refreshed = await _signedIn.Client.RefreshAsync(_signedIn.Tokens.RefreshToken);
        Assert.Equal(200, await _signedIn.StatusAsync(refreshed.AccessToken));
    }

    [Theory]
    [InlineData(Revision, null)]
    [InlineData(Revision, "tools/list")]
    [InlineData(Revision, "Subscriptions/Listen")]
    [InlineData(Revision, "=?base64?c3Vic2NyaXB0aW9ucy9saXN0ZW4=?=")]
    [InlineData(Revision, "tools/list,subscriptions/listen")]
    [InlineData("2025-11-25", null)]
    [InlineData("2025-11-25", "tools/list")]
    public async Task A_subscription_with_a_mismatched_header_is_refused(string? version, string? header)
    {
        var answer = await SendAsync(version, header, _signedIn.Tokens.AccessToken);
        Assert.Contains("\"error\"", answer, StringComparison.Ordinal);
        Assert.False(_started.Task.IsCompleted);
    }

    private async Task<string> SendAsync(string? version, string? header, string token)
    {
        const string Body =
            """{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},"notifications":{"toolsListChanged":true}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, _signedIn.System.Resource)
        {
            Content = new StringContent(Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (
            var (name, value) in new[] { ("MCP-Protocol-Version", version), ("Mcp-Method", header) }.Where(one => one.Item2 is not null)
        )
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
