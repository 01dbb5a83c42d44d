using McpOidc.Tests.Hosting;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Token;

/// <summary>How long a grant stays in the store: a code, then an access token, may come last, and a margin for clocks.</summary>
public sealed class GrantExpiryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    public async Task A_grant_lives_until_the_access_token_of_its_code_has_ended_and_two_minutes_more(int codeMinutes)
    {
        await using var system = await TestSystem.StartAsync();
        var services = system.Server.Services;
        var (code, access) = (TimeSpan.FromMinutes(codeMinutes), services.GetRequiredService<Lifetimes>().AccessToken(system.Resource));
        var expiry = services.GetRequiredService<Grants>().InitialExpiry(system.Resource, code);
        Assert.Equal(system.Clock.GetUtcNow() + code + access + TimeSpan.FromMinutes(2), expiry, TimeSpan.FromSeconds(10));
    }
}
