using System.Net;
using McpOidc.Tests.Hosting;

namespace McpOidc.AppHost.Tests;

/// <summary>What a running system must do, in every topology.</summary>
internal static class SystemCheck
{
    /// <summary>A user signs in with the official MCP client and calls both tools; an operator executes every command.</summary>
    public static async Task RunAsync(RunningSystem system)
    {
        await using var client = await SignInAsync(system);
        var before = await KeysAsync(system);
        Assert.Contains("\"kid\"", await system.ExecuteAsync("auth", "rotate-keys"), StringComparison.Ordinal);
        await Until.TrueAsync(async () => await KeysAsync(system) != before);
        await CallToolsAsync(client);
        Assert.Equal("{\"reaped\":0}", await system.ExecuteAsync("auth", "reap-clients"));
        Assert.Equal(1, client.SignIns);
        Assert.Equal("{\"revoked\":1}", await system.ExecuteAsync("auth", "revoke-all"));
        await CallToolsAsync(client);
        Assert.Equal(2, client.SignIns);
        await LinksLeadSomewhereAsync(system);
    }

    public static async Task<SdkClient> SignInAsync(RunningSystem system)
    {
        var client = await SdkClient.ConnectAsync(system.Resource);
        await CallToolsAsync(client);
        Assert.Equal(1, client.SignIns);
        return client;
    }

    public static async Task CallToolsAsync(SdkClient client)
    {
        Assert.Contains("alice", await client.CallAsync("whoami"), StringComparison.Ordinal);
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile"), StringComparison.Ordinal);
    }

    /// <summary>
    /// A client that signs in and then refreshes its tokens correctly: if the server is unavailable, it retries with the same token.
    /// </summary>
    public static async Task<Installation> InstallAsync(RunningSystem system)
    {
        var client = new OAuthClient(system.Issuer, system.Resource);
        using var browser = new Browser();
        return new Installation(client, await client.SignInAsync(browser));
    }

    private static async Task<string> KeysAsync(RunningSystem system)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(system.Issuer + "/jwks"));
    }

    private static async Task LinksLeadSomewhereAsync(RunningSystem system)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var links = (await system.InstancesAsync("auth"))
            .Concat(await system.InstancesAsync("mcp"))
            .SelectMany(instance => instance.Value.Urls);
        foreach (var link in links.Where(link => link.DisplayProperties.DisplayName is { Length: > 0 }))
        {
            using var answer = await http.GetAsync(new Uri(link.Url));
            var leads = answer.StatusCode is not HttpStatusCode.NotFound && (int)answer.StatusCode < 500;
            Assert.True(leads, $"{link.Url}: {answer.StatusCode}");
        }
    }
}
