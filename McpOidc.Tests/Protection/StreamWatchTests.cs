using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Protection;

/// <summary>The watcher of responses in progress cuts off those whose sign-in has ended, and no others (security cases G23, G24).</summary>
public sealed class StreamWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);
    private readonly HeldAnswers _answers = new();
    private SignedInSystem _signedIn = null!;
    private GrantReads _reads = null!;

    // One connection, so that the next request reuses the Kestrel context of the last one.
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { Timeout = s_patience };

    public async Task InitializeAsync() =>
        _signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder => StoreDecorator.Around(builder.Services, inner => _reads = new GrantReads(inner));
            options.Map = app =>
                app.MapPost("/held/{name}", (string name, HttpContext http) => _answers.AnswerAsync(name, http.RequestAborted))
                    .RequireMcpOidc();
        });

    public async Task DisposeAsync()
    {
        _answers.FinishAll();
        _http.Dispose();
        await _signedIn.DisposeAsync();
    }

    [Fact]
    public async Task The_next_caller_on_a_connection_is_served_when_the_response_before_ended_during_its_check()
    {
        using var theirs = new Browser { UserName = "bob" };
        using var bob = _signedIn.System.CreateClient();
        var tokens = await bob.SignInAsync(theirs);
        var first = CallAsync("first", _signedIn.Tokens.AccessToken);
        await _answers.StartedAsync("first");

        var looked = _reads.Hold(GrantOf(_signedIn.Tokens));
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(31));
        await looked.Task.WaitAsync(s_patience);
        _answers.Finish("first");
        Assert.Equal(HttpStatusCode.OK, await first);

        var next = CallAsync("next", tokens.AccessToken);
        await _answers.StartedAsync("next");
        await RevokeAsync();
        _reads.Release();
        await _reads.AfterAsync(GrantOf(tokens), _signedIn.System.Clock);
        _answers.Finish("next");
        Assert.Equal(HttpStatusCode.OK, await next);
    }

    [Fact]
    public async Task An_unreadable_record_ends_only_its_own_streams_and_not_the_server()
    {
        var (other, tokens) = await _signedIn.SignInAgainAsync();
        using var _ = other;
        using var separate = new HttpClient { Timeout = s_patience };
        var broken = CallAsync("broken", _signedIn.Tokens.AccessToken);
        var sound = CallAsync("sound", tokens.AccessToken, separate);
        await _answers.StartedAsync("broken");
        await _answers.StartedAsync("sound");

        _reads.Spoil(GrantOf(_signedIn.Tokens));
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => broken.WaitAsync(s_patience));

        Assert.Equal(200, await _signedIn.StatusAsync(tokens.AccessToken));
        _answers.Finish("sound");
        Assert.Equal(HttpStatusCode.OK, await sound);
    }

    [Fact]
    public async Task A_sign_in_with_a_slow_record_does_not_delay_the_end_of_another_sign_in()
    {
        var (other, tokens) = await _signedIn.SignInAgainAsync();
        using var _ = other;
        using var separate = new HttpClient { Timeout = s_patience };
        var slow = CallAsync("slow", tokens.AccessToken, separate);
        var revoked = CallAsync("revoked", _signedIn.Tokens.AccessToken);
        await _answers.StartedAsync("slow");
        await _answers.StartedAsync("revoked");

        var looked = _reads.Hold(GrantOf(tokens));
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(31));
        await looked.Task.WaitAsync(s_patience);
        await AssertIsCutOffInTimeAsync(revoked);

        _reads.Release();
        _answers.Finish("slow");
        Assert.Equal(HttpStatusCode.OK, await slow);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revocation_ends_a_streaming_response_within_two_seconds_even_after_a_missed_message(bool isDeaf)
    {
        var call = CallAsync("call", _signedIn.Tokens.AccessToken);
        await _answers.StartedAsync("call");
        _reads.IsDeaf = isDeaf;
        await AssertIsCutOffInTimeAsync(call);
        Assert.Equal(401, await _signedIn.StatusAsync(_signedIn.Tokens.AccessToken));
    }

    private async Task AssertIsCutOffInTimeAsync(Task call)
    {
        await RevokeAsync();
        var start = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => call.WaitAsync(s_patience));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_bound);
    }

    private async Task RevokeAsync() =>
        Assert.Equal(
            200,
            (
                await _signedIn.Client.PostAsync(
                    "/token/revocation",
                    [("token", _signedIn.Tokens.RefreshToken), ("client_id", _signedIn.Client.ClientId)]
                )
            ).Status
        );

    private static string GrantOf(TokenAnswer tokens) => StoreKeys.Grant.Key(JwtReader.Payload(tokens.AccessToken)["sid"]!.ToString());

    private async Task<HttpStatusCode> CallAsync(string name, string token, HttpClient? http = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_signedIn.System.McpOrigin}/held/{name}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await (http ?? _http).SendAsync(request);
        return response.StatusCode;
    }
}
