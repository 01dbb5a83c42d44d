using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Account;

/// <summary>If the issuer has a path, everything is below it.</summary>
public sealed class IssuerPathTests
{
    [Fact]
    public async Task Account_and_admin_pages_link_only_below_the_path_of_the_issuer()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Issuer", $"http://localhost:{options.ServerPort}/tenant");
            options.Set("McpOidc:Admin:Claim", "groups");
            options.Set("McpOidc:Admin:Value", "staff");
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
        });
        using var client = new OAuthClient(system.Issuer + "/tenant", system.Resource);
        using var browser = new Browser();
        await client.SignInAsync(browser);

        foreach (
            var path in new[]
            {
                "/tenant/account",
                "/tenant/account/tokens",
                "/tenant/device",
                "/tenant/device?user_code=WDJB-MJHT",
                "/tenant/admin",
                "/tenant/admin/page/clients",
                "/tenant/admin/page/person?user=nobody",
                "/tenant/admin/page/act?action=everybody",
            }
        )
        {
            using var response = await browser.GetAsync(system.Issuer + path);
            Assert.Equal((path, 200), (path, (int)response.StatusCode));
            var page = new HtmlParser().ParseDocument(await response.Content.ReadAsStringAsync());
            var targets = page.QuerySelectorAll("[href], [action]")
                .Select(element => element.GetAttribute("href") ?? element.GetAttribute("action")!)
                .Where(target => target[0] != '#')
                .ToList();
            Assert.NotEmpty(targets);
            Assert.All(targets, target => Assert.StartsWith("/tenant/", target, StringComparison.Ordinal));
        }

        using var fresh = new Browser();
        var end = await fresh.OpenAsync(system.Issuer + "/tenant/account", uri => uri.AbsolutePath == "/tenant/account");
        Assert.Equal((system.Issuer + "/tenant/account", 303), (end.Uri.AbsoluteUri, end.Status));
    }
}
