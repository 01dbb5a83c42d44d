using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.DPoP;

/// <summary>A refresh token without a key, which a thief binds to their own key (security cases C36, C37).</summary>
public sealed class StolenRefreshTokenTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
{
    private readonly ClientKey _key = new();
    private readonly ClientKey _other = new();
    private readonly Browser _browser = new();
    private OAuthClient _owner = null!;
    private OAuthClient _thief = null!;

    public async Task InitializeAsync()
    {
        _owner = await fixture.RegisterAsync();
        _thief = fixture.System.CreateClient();
        _thief.ClientId = _owner.ClientId;
        _thief.Proof = url => _key.Proof("POST", url);
    }

    public Task DisposeAsync()
    {
        _owner.Dispose();
        _thief.Dispose();
        _browser.Dispose();
        _key.Dispose();
        _other.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_token_reused_without_the_key_it_was_bound_to_revokes_the_grant(bool ownerHasKey, bool thiefWentOn)
    {
        var tokens = await _owner.SignInAsync(_browser);
        var stolen = await _thief.RefreshAsync(tokens.RefreshToken);
        Assert.Equal("DPoP", stolen["token_type"]);
        stolen = thiefWentOn ? await _thief.RefreshAsync(stolen.RefreshToken) : stolen;

        _owner.Proof = ownerHasKey ? url => _other.Proof("POST", url) : null;
        Assert.Equal("invalid_grant", (await _owner.RefreshAsync(tokens.RefreshToken)).Error);

        Assert.Equal("invalid_grant", (await _thief.RefreshAsync(stolen.RefreshToken)).Error);
        Assert.Single(
            fixture.System.Server.Logs.Lines,
            line =>
                line.Contains("refresh_token.replayed", StringComparison.Ordinal)
                && line.Contains(ClientIdDigest.Of(_owner.ClientId), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_owner_and_a_thief_who_refresh_in_parallel_never_both_continue()
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var tokens = await _owner.SignInAsync(_browser);
            var answers = await Task.WhenAll(
                Task.Run(() => _owner.RefreshAsync(tokens.RefreshToken)),
                Task.Run(() => _thief.RefreshAsync(tokens.RefreshToken))
            );
            if (answers[0].Status == 200 && answers[1].Status == 200)
            {
                // The owner was first: the thief got the same successor, without a key, and the theft is detected later.
                Assert.Equal(answers[0].RefreshToken, answers[1].RefreshToken);
                Assert.Equal(200, (await _owner.RefreshAsync(answers[0].RefreshToken)).Status);
            }
            else
            {
                Assert.Equal("invalid_grant", answers[0].Error);
                Assert.Equal("invalid_grant", (await _thief.RefreshAsync(answers[1].RefreshToken)).Error);
            }
        }
    }

    [Fact]
    public async Task A_client_that_starts_using_proofs_and_lost_the_response_gets_the_same_response_again()
    {
        var tokens = await _owner.SignInAsync(_browser);
        _owner.Proof = url => _other.Proof("POST", url);
        var bound = await _owner.RefreshAsync(tokens.RefreshToken);
        var again = await _owner.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((200, bound.RefreshToken), (again.Status, again.RefreshToken));
        Assert.Equal(200, (await _owner.RefreshAsync(again.RefreshToken)).Status);
    }

    // A token bound to a key from the beginning is worthless without it, and using it ends nothing.
    [Fact]
    public async Task A_token_bound_from_the_start_revokes_nothing_when_the_key_is_missing()
    {
        _owner.Proof = url => _other.Proof("POST", url);
        var tokens = await _owner.SignInAsync(_browser);
        var next = await _owner.RefreshAsync(tokens.RefreshToken);
        Assert.Equal("invalid_grant", (await _thief.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(200, (await _owner.RefreshAsync(next.RefreshToken)).Status);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", false)]
    [InlineData("203.0.113.7", "203.0.113.8", true)]
    [InlineData("203.0.113.7", "2001:db8::1", true)]
    [InlineData("2001:db8::1", "2001:db8::ffff", false)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", true)]
    public async Task A_retry_from_another_address_is_an_audit_event(string first, string second, bool isNoted)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
        });
        using var client = system.CreateClient();
        var tokens = await client.SignInAsync(_browser);
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", first);
        var next = await client.RefreshAsync(tokens.RefreshToken);
        client.Http.DefaultRequestHeaders.Remove("X-Forwarded-For");
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", second);

        Assert.Equal(next.RefreshToken, (await client.RefreshAsync(tokens.RefreshToken)).RefreshToken);

        Assert.Equal(
            isNoted,
            system.Server.Logs.Lines.Any(line =>
                line.Contains("refresh_token.retried_elsewhere", StringComparison.Ordinal)
                && line.Contains($"from {second},", StringComparison.Ordinal)
            )
        );
    }
}
