using McpOidc.Federation;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.RateLimits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>Which caller an MCP server forwards requests for when the authorization server does not trust it as a proxy (S09).</summary>
public sealed class ForwardedCallerTests : IAsyncLifetime
{
    private const string Attacker = "203.0.113.7";
    private const string Other = "198.51.100.1";
    private TestSystem _system = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:RateLimits:FailuresPerAddressPerMinute", "3");
            // The MCP server is behind a proxy that it trusts; the authorization server trusts no proxy.
            options.Mcp = builder =>
                builder.Configuration.AddInMemoryCollection([
                    new("McpOidc:TrustedProxies:0", "127.0.0.0/8"),
                    new("McpOidc:TrustedProxies:1", "::1/128"),
                ]);
        });
        RateLimitTests.BeginWindow(_system, TimeSpan.FromMinutes(1));
    }

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Fact]
    public async Task Each_caller_of_the_MCP_origin_has_its_own_address_at_the_authorization_server()
    {
        using var attacker = await FromAsync(Attacker);
        using var other = await FromAsync(Other);
        var statuses = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            statuses.Add((await attacker.RedeemAsync("junk")).Status);
        }

        Assert.Equal([400, 400, 400, 429, 429], statuses);
        Assert.Equal(400, (await other.RedeemAsync("junk")).Status);
    }

    [Theory]
    [InlineData("203.0.113.7")]
    [InlineData("e30.e30.e30")]
    [InlineData("an assertion for another endpoint")]
    public async Task A_caller_without_the_secret_cannot_set_its_own_address(string sent)
    {
        using var client = _system.CreateClient();
        await client.RegisterAsync();
        var header = sent.StartsWith("an assertion", StringComparison.Ordinal)
            ? await _system
                .Server.Services.GetRequiredService<ServerAssertion>()
                .CreateAsync(_system.Issuer, Attacker, CancellationToken.None)
            : sent;
        client.Http.DefaultRequestHeaders.Add("McpOidc-Forwarded-For", header);
        // Rate limits by address do not apply on loopback, and this must not change.
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(400, (await client.RedeemAsync("junk")).Status);
        }
    }

    [Fact]
    public async Task A_proof_of_possession_is_forwarded_and_not_dropped()
    {
        using var client = await FromAsync(Other);
        using var browser = new Browser();
        var code = await client.GetCodeAsync(browser);
        client.Proof = _ => "junk";
        Assert.Equal("invalid_dpop_proof", (await client.RedeemAsync(code)).Error);
    }

    private async Task<OAuthClient> FromAsync(string address)
    {
        var client = new OAuthClient(_system.McpOrigin, _system.Resource);
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        await client.RegisterAsync();
        return client;
    }
}
