using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>A server's clock was ahead and is set back (security case H11): nothing lives longer because of it.</summary>
public sealed class ClockStepTests : IAsyncLifetime
{
    private static readonly TimeSpan s_step = TimeSpan.FromHours(-1);
    private readonly Browser _browser = new();
    private TestSystem _system = null!;
    private OAuthClient _client = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync();
        _client = _system.CreateClient();
        await _client.RegisterAsync();
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        _client.Dispose();
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task A_code_issued_in_the_future_is_refused()
    {
        var code = await _client.GetCodeAsync(_browser);
        _system.Clock.Advance(s_step);
        Assert.Equal("invalid_grant", (await _client.RedeemAsync(code)).Error);
    }

    [Fact]
    public async Task An_access_token_from_the_future_is_refused()
    {
        var tokens = await _client.RedeemAsync(await _client.GetCodeAsync(_browser));
        _system.Clock.Advance(s_step);
        using var call = await _client.CallAsync(_system.McpOrigin + "/echo", tokens.AccessToken, HttpMethod.Post);
        Assert.Equal(401, (int)call.StatusCode);
    }

    [Fact]
    public async Task The_client_continues_with_its_refresh_token()
    {
        var tokens = await _client.RedeemAsync(await _client.GetCodeAsync(_browser));
        _system.Clock.Advance(s_step);
        var refreshed = await _client.RefreshAsync(tokens.RefreshToken);
        using var call = await _client.CallAsync(_system.McpOrigin + "/echo", refreshed.AccessToken, HttpMethod.Post);
        Assert.Equal(200, (int)call.StatusCode);
    }
}
