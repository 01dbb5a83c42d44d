using McpOidc.Tests.Account;

namespace McpOidc.Tests.Authorization.DeviceAuthorization;

/// <summary>The device authorization grant (RFC 8628), step by step over HTTP (security cases P09 to P16).</summary>
public sealed class DeviceAuthorizationTests : DeviceSystem
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_gets_tokens_once_the_person_has_entered_the_code_and_allowed_access(bool standalone)
    {
        await StartAsync(standalone);
        using var device = await Device.BeginAsync(PublicClient("tv"));
        Assert.Equal(200, device.Begun.Status);
        Assert.True(device.Begun.Headers.CacheControl?.NoStore);
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", device.UserCode);
        Assert.Equal(World.Issuer + "/device", device.Begun["verification_uri"]);
        Assert.Equal($"{World.Issuer}/device?user_code={device.UserCode}", device.Begun["verification_uri_complete"]);
        Assert.Equal(("600", "5"), (device.Begun["expires_in"], device.Begun["interval"]));
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));

        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        // The code is not prefilled.
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
        using var echo = await device.Client.CallAsync(World.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(200, (int)echo.StatusCode);
        var refreshed = await device.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);

        var account = await ShownAccount.OpenAsync(World, Person);
        Assert.StartsWith("Living room", Assert.Single(account.Cards), StringComparison.Ordinal);
        // The last button revokes the installation; the ones before it take back single scopes.
        await account.PressAsync(Person, account.Ids[^1]);
        Assert.Equal("invalid_grant", (await device.Client.RefreshAsync(refreshed.RefreshToken)).Error);
    }

    // RFC 6749 §3.1: a parameter without a value counts as omitted.
    [Fact]
    public async Task A_device_may_send_parameters_without_a_value()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(
            PublicClient("tv"),
            ("code_challenge", ""),
            ("code_challenge_method", ""),
            ("nonce", "")
        );
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        Wait();
        Assert.Equal(200, (await device.PollAsync(("code_verifier", ""))).Status);
    }

    // A double click: the user sees the second response.
    [Fact]
    public async Task Allow_pressed_twice_connects_the_device_once_and_both_answers_say_that_it_is_done()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        var fields = new Dictionary<string, string>(page.Fields) { ["decision"] = "allow" };
        var url = new Uri(World.Issuer + "/device");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Person.PostAsync(url, fields)));
        Assert.All(answers, answer => Assert.Equal(200, (int)answer.StatusCode));
        Array.ForEach(answers, answer => answer.Dispose());
        Wait();
        Assert.Equal(200, (await device.PollAsync()).Status);
    }

    // P09
    [Fact]
    public async Task A_link_with_the_code_first_asks_whether_the_device_shows_it_before_any_lookup()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));

        var page = new DevicePage(World, Person);
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
    public async Task The_page_warns_when_the_device_has_a_different_address_than_the_person(string? person, bool isWarned)
    {
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
        });
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(World, Person);
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
    public async Task A_device_can_only_be_allowed_with_the_form_of_its_own_page(string attack)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        using var other = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(World, Person);
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
        var page = new DevicePage(World, Person);
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
        Assert.Empty((await ShownAccount.OpenAsync(World, Person)).Cards);
        Assert.Contains(World.Server.Logs.Lines, line => line.Contains("device.denied", StringComparison.Ordinal));
    }
}
