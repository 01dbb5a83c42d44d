using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Tests.Revocation;

public sealed class DamagedLogTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    // The log of an application that has McpOidc beside its own endpoints.
    [Fact]
    public async Task A_revocation_log_that_cannot_be_read_is_logged_and_does_not_stop_the_host()
    {
        await using var system = await TestSystem.StartAsync();
        var store = system.Server.Services.GetRequiredService<IMcpOidcStore>();
        var key = StoreKeys.RevocationLog.Key(StoreKeys.RevocationLogId);
        await store.RemoveAsync(key);
        await store.AddAsync(key, new StoreWrite("damaged"u8.ToArray(), DateTimeOffset.MaxValue));

        foreach (var site in system.Sites)
        {
            await site.Logs.WaitForAsync("The revocation log cannot be read", s_patience);
        }

        // It is followed again once it can be read.
        await store.RemoveAsync(key);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, tokens.Status);
        Assert.All(
            system.Sites,
            site => Assert.False(site.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
        );
    }
}
