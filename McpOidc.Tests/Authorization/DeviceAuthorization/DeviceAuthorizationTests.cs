using McpOidc.Tests.Account;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Authorization.DeviceAuthorization;

/// <summary>The device authorization grant (RFC 8628), step by step over HTTP (security cases P09 to P16).</summary>
public sealed class DeviceAuthorizationTests : IAsyncDisposable
{
    private readonly Browser _browser = new();
    private TestSystem _system = null!;

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_gets_tokens_once_its_person_has_typed_the_code_and_allowed_it(bool standalone)
    {
        await StartAsync(standalone);
        using var device = await Device.BeginAsync(PublicClient("tv"));
        Assert.Equal(200, device.Begun.Status);
        Assert.True(device.Begun.Headers.CacheControl?.NoStore);
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", device.UserCode);
        Assert.Equal(_system.Issuer + "/device", device.Begun["verification_uri"]);
        Assert.Equal($"{_system.Issuer}/device?user_code={device.UserCode}", device.Begun["verification_uri_complete"]);
        Assert.Equal(("600", "5"), (device.Begun["expires_in"], device.Begun["interval"]));
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));

        var page = new DevicePage(_system, _browser);
        await page.OpenAsync();
        // Nothing is typed for the person.
        Assert.Equal("", page.Fields["code"]);
        await page.TypeAsync(device.UserCode.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal));
        Assert.Contains("“<bdi>Living room</bdi>”", page.Html, StringComparison.Ordinal);
        Assert.Contains("Requested from", page.Html, StringComparison.Ordinal);
        Assert.Matches("<dt>Requested at</dt><dd><time", page.Html);
        Assert.Contains("alice@example.com", page.Html, StringComparison.Ordinal);
        await page.DecideAsync("allow");
        Assert.Contains("The device is connected", page.Html, StringComparison.Ordinal);

        Wait();
        var tokens = await device.PollAsync();
        Assert.Equal((200, "openid files:read"), (tokens.Status, tokens["scope"]));
        Assert.NotNull(tokens["id_token"]);
        using var echo = await device.Client.CallAsync(_system.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(200, (int)echo.StatusCode);
        var refreshed = await device.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);

        var account = await ShownAccount.OpenAsync(_system, _browser);
        Assert.StartsWith("Living room", Assert.Single(account.Cards), StringComparison.Ordinal);
        // The last button ends the installation; those before it take single scopes back.
        await account.PressAsync(_browser, account.Ids[^1]);
        Assert.Equal("invalid_grant", (await device.Client.RefreshAsync(refreshed.RefreshToken)).Error);
    }

    // P09
    [Fact]
    public async Task A_link_with_the_code_asks_first_whether_the_device_shows_it_and_looks_nothing_up_before()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));

        var page = new DevicePage(_system, _browser);
        await page.OpenAsync(device.Begun["verification_uri_complete"]);
        Assert.Contains("Does your device show this code?", page.Html, StringComparison.Ordinal);
        Assert.Contains("If someone sent you a code or this link, close this page", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Living room", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("decision", page.Html, StringComparison.Ordinal);

        await page.SendAsync(_ => { });
        Assert.Contains("Living room", page.Html, StringComparison.Ordinal);
        Assert.Contains("If someone sent you a code or this link, close this page", page.Html, StringComparison.Ordinal);
        Wait();
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));
    }

    // P09
    [Theory]
    [InlineData("203.0.113.7", true)]
    [InlineData(null, false)]
    public async Task The_page_warns_where_the_device_is_at_another_address_than_the_person(string? person, bool isWarned)
    {
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
        });
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(_system, _browser);
        await page.OpenAsync();
        await page.SendAsync(
            fields => fields["code"] = device.UserCode,
            request => request.Headers.TryAddWithoutValidation("X-Forwarded-For", person)
        );
        Assert.Contains("Requested from", page.Html, StringComparison.Ordinal);
        Assert.Equal(isWarned, page.Html.Contains("The request came from a different IP address than yours.", StringComparison.Ordinal));
    }

    // P09
    [Theory]
    [InlineData("no decision token")]
    [InlineData("token of the code page")]
    [InlineData("token of another request")]
    [InlineData("another site")]
    public async Task Only_the_form_of_the_page_about_a_device_allows_it(string attack)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        using var other = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(_system, _browser);
        await page.OpenAsync();
        var codeForm = page.Fields["token"];
        await page.TypeAsync(attack == "another site" ? device.UserCode : other.UserCode);
        var decisionForm = page.Fields["token"];

        await page.SendAsync(
            fields =>
            {
                fields["code"] = device.UserCode;
                fields["decision"] = "allow";
                fields["token"] = attack switch
                {
                    "no decision token" => "",
                    "token of the code page" => codeForm,
                    _ => decisionForm,
                };
            },
            request =>
            {
                if (attack == "another site")
                {
                    request.Headers.Remove("Origin");
                    request.Headers.Add("Origin", "https://evil.example");
                }
            }
        );

        Assert.Equal(400, page.Status);
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));
    }

    [Fact]
    public async Task A_denial_ends_the_request_and_a_second_decision_changes_nothing()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(_system, _browser);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        var form = page.Fields;
        await page.DecideAsync("deny");
        Assert.Contains("was denied access", page.Html, StringComparison.Ordinal);
        Assert.Equal((400, "access_denied"), await ErrorAsync(device));

        await page.SendAsync(fields =>
        {
            foreach (var (name, value) in form)
            {
                fields[name] = value;
            }

            fields["decision"] = "allow";
        });
        Assert.Contains("was already used", page.Html, StringComparison.Ordinal);
        Wait();
        Assert.Equal((400, "access_denied"), await ErrorAsync(device));
        Assert.Empty((await ShownAccount.OpenAsync(_system, _browser)).Cards);
        Assert.Contains(_system.Server.Logs.Lines, line => line.Contains("device.denied", StringComparison.Ordinal));
    }

    private async Task StartAsync(bool standalone = false, Action<TestSystemOptions>? configure = null) =>
        _system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            Public(options, 0, "tv", "Living room", Device.GrantType, "refresh_token");
            Public(options, 1, "radio", "Kitchen", Device.GrantType);
            Public(options, 2, "web", "Web", "authorization_code");
            options.Set("McpOidc:Clients:2:RedirectUris:0", "https://app.example/cb");
            options.AddClient(3, "box", key: null, ("GrantTypes:0", Device.GrantType));
            configure?.Invoke(options);
        });

    private static void Public(TestSystemOptions options, int number, string id, string name, params string[] grants)
    {
        options.Set($"McpOidc:Clients:{number}:Id", id);
        options.Set($"McpOidc:Clients:{number}:Name", name);
        for (var grant = 0; grant < grants.Length; grant++)
        {
            options.Set($"McpOidc:Clients:{number}:GrantTypes:{grant}", grants[grant]);
        }
    }

    private OAuthClient PublicClient(string id)
    {
        var client = _system.CreateClient();
        client.ClientId = id;
        return client;
    }

    private void Wait() => _system.Clock.Advance(TimeSpan.FromSeconds(6));

    private static async Task<(int Status, string? Error)> ErrorAsync(Device device, params (string Name, string? Value)[] changes)
    {
        var answer = await device.PollAsync(changes);
        return (answer.Status, answer.Error);
    }
}
