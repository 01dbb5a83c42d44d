using System.Text.RegularExpressions;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>Third-party clients sign in with the device authorization grant.</summary>
public sealed class DeviceClientTests
{
    // With a client from the settings, and with one that registers itself for this grant only.
    [NodeTheory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task mcp_remote_signs_in_with_its_device_code(bool standalone, bool isRegistered)
    {
        await using var system = await StartAsync(standalone, isRegistered);
        using var browser = new Browser();
        Task? allowing = null;
        string[] client = isRegistered ? [] : ["--static-oauth-client-info", """{"client_id":"tv"}"""];
        await using var remote = await McpRemoteClient.ConnectAsync(
            system.Resource,
            ["--device-code", .. client],
            line =>
                allowing ??= Regex.Match(line, @"https?://\S+/device\?user_code=\S+") is { Success: true } url
                    ? AllowAsync(system, browser, url.Value)
                    : null
        );

        Assert.NotEmpty(await remote.CallAsync("whoami"));
        await allowing!;
        Assert.Equal(0, remote.SignIns);
    }

    [NodeFact]
    public async Task openid_client_signs_in_with_a_challenge_and_refreshes()
    {
        await using var system = await StartAsync(standalone: false, isRegistered: false);
        using var browser = new Browser();
        await using var program = NodeProgram.Start("device-client.mjs", system.Issuer, system.Resource, "tv");
        var begun = await program.ReadAsync();
        await AllowAsync(system, browser, begun["verify"]!.ToString());
        var tokens = await program.ReadAsync();

        using var client = system.CreateClient();
        using var called = await client.CallAsync(system.McpOrigin + "/echo", tokens["access_token"]!.ToString());
        Assert.Equal(200, (int)called.StatusCode);
    }

    private static async Task AllowAsync(TestSystem system, Browser browser, string url)
    {
        var page = new DevicePage(system, browser);
        await page.OpenAsync(url);
        await page.SendAsync(_ => { });
        await page.DecideAsync("allow");
    }

    private static Task<TestSystem> StartAsync(bool standalone, bool isRegistered) =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:DeviceAuthorization:PollingInterval", "00:00:01");
            options.Set("McpOidc:DeviceAuthorization:SelfRegisteredClients", $"{isRegistered}");
            options.Set("McpOidc:Clients:0:Id", "tv");
            options.Set("McpOidc:Clients:0:GrantTypes:0", Device.GrantType);
            options.Set("McpOidc:Clients:0:GrantTypes:1", "refresh_token");
        });
}
