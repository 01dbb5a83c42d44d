using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Conformance;

/// <summary>
/// Runs <c>conformance authorization</c> against the authorization server. The suite sends no client secret if the metadata list
/// <c>none</c>, so it only runs as a public client; <c>CodeRedemptionTests</c> cover confidential clients.
/// </summary>
public sealed class AuthorizationServerConformanceTests
{
    [ConformanceTheory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("/tenants/one", true)]
    public async Task The_suite_finds_the_metadata_and_gets_a_token_for_the_resource(string issuerPath, bool standalone)
    {
        var port = Loopback.FreePort();
        var issuer = $"http://localhost:{port}{issuerPath}";
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.ServerPort = port;
            options.Set("McpOidc:Issuer", issuer);
            options.Set("McpOidc:Authority", issuer);
        });
        var callback = Loopback.FreePort();
        using var client = new OAuthClient(issuer, system.Resource) { RedirectUri = $"http://127.0.0.1:{callback}/callback" };
        await client.RegisterAsync();
        using var browser = new Browser();

        var (code, output) = await ConformanceSuite.RunAsync(
            line => PlayBrowserAsync(line, client, browser),
            "authorization",
            "--url",
            issuer,
            "--client-id",
            client.ClientId,
            "--resource",
            system.Resource,
            "--port",
            $"{callback}"
        );

        Assert.True(code == 0, output);
        // One check for the metadata, and one for the Client ID Metadata Documents flag.
        Assert.Contains("authorization-server-metadata-endpoint: 2 passed, 0 failed", output, StringComparison.Ordinal);
        Assert.Contains("authorization-code-grant: 1 passed, 0 failed", output, StringComparison.Ordinal);
    }

    // The suite prints the address for a user, and waits for the browser at its callback.
    private static async Task PlayBrowserAsync(string line, OAuthClient client, Browser browser)
    {
        if (line.StartsWith("http", StringComparison.Ordinal) && line.Contains("response_type=code", StringComparison.Ordinal))
        {
            var result = await browser.OpenAsync(line.Trim(), client.IsRedirectUri);
            using var arrived = await browser.GetAsync(result.Uri.AbsoluteUri);
            Assert.True(arrived.IsSuccessStatusCode, $"{result.Uri} {result.Html}");
        }
    }
}
