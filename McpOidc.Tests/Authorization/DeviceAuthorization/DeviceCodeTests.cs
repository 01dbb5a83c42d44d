using System.Text.Json.Nodes;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization.DeviceAuthorization;

/// <summary>What a device code can be used for, and which clients may use the grant (RFC 8628; security cases P10 to P16).</summary>
public sealed class DeviceCodeTests : DeviceSystem
{
    // P12
    [Fact]
    public async Task A_device_that_polls_too_often_must_wait_longer_each_time()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        Assert.Equal("authorization_pending", (await device.PollAsync()).Error);
        World.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("slow_down", (await device.PollAsync()).Error);
        // The interval is now ten seconds.
        World.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("slow_down", (await device.PollAsync()).Error);
        World.Clock.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal("authorization_pending", (await device.PollAsync()).Error);
    }

    [Fact]
    public async Task An_expired_device_code_yields_expired_token_and_its_user_code_can_no_longer_be_entered()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        using var late = await Device.BeginAsync(PublicClient("tv"));
        await DevicePage.AllowAsync(World, Person, late.UserCode);
        World.Clock.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal((400, "expired_token"), await ErrorAsync(device));
        Assert.Equal(400, (await late.PollAsync()).Status);
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        Assert.Equal(400, page.Status);
        Assert.Contains("This code is not valid or has expired.", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_may_be_typed_in_any_spelling_and_not_with_another_letter()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var code = device.UserCode;
        var letters = code.Replace("-", "", StringComparison.Ordinal);
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        string[] right =
        [
            code.ToLowerInvariant(),
            letters,
            $"  {code}\r\n",
            string.Join(' ', letters.AsEnumerable()),
            code.Replace('-', '\u2013'),
            code.Replace('-', '\u2212'),
            string.Concat(code.Select(letter => (char)(letter + 0xFEE0))),
        ];
        foreach (var spelling in right)
        {
            await page.TypeAsync(spelling);
            Assert.True(page.Status == 200 && page.Html.Contains(code, StringComparison.Ordinal), $"{spelling}: {page.Html}");
            await page.OpenAsync();
        }

        var other = letters[0] == 'B' ? 'C' : 'B';
        foreach (var wrong in new[] { letters[..7], letters + "B", other + letters[1..], "8" + letters[1..], "\u0412" + letters[1..] })
        {
            await page.TypeAsync(wrong);
            Assert.Equal(400, page.Status);
        }
    }

    // P13
    [Fact]
    public async Task A_device_code_redeemed_a_second_time_revokes_its_tokens()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        var tokens = await device.PollAsync();
        Assert.Equal(200, tokens.Status);

        Assert.Equal((400, "invalid_grant"), await ErrorAsync(device));
        Assert.Equal("invalid_grant", (await device.Client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Contains(World.Server.Logs.Lines, line => line.Contains("code.replayed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task At_most_one_of_many_parallel_redemptions_of_a_device_code_gets_tokens()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => device.PollAsync()));

        Assert.Single(answers, answer => answer.Status == 200);
    }

    // P14
    [Fact]
    public async Task A_device_code_is_useless_to_another_client_and_is_not_used_up_by_it()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);

        Assert.Equal((400, "invalid_grant"), await ErrorAsync(device, ("client_id", "radio")));
        Assert.Equal(200, (await device.PollAsync()).Status);
    }

    // P14
    [Theory]
    [InlineData("")]
    [InlineData("dAAAAAAAAAAAAAAAAAAAAAA.c2VjcmV0~bWFj")]
    [InlineData("no code at all")]
    public async Task A_fabricated_device_code_is_refused(string made)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        Assert.Equal(400, (await device.PollAsync(("device_code", made))).Status);
    }

    // P15
    [Fact]
    public async Task A_code_challenge_requires_its_verifier_and_the_plain_method_is_refused()
    {
        await StartAsync();
        using var client = PublicClient("tv");
        using var device = await Device.BeginAsync(client, ("code_challenge", client.Challenge), ("code_challenge_method", "S256"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        Assert.Equal((400, "invalid_grant"), await ErrorAsync(device));
        Assert.Equal((400, "invalid_grant"), await ErrorAsync(device, ("code_verifier", new string('a', 43))));
        Assert.Equal(200, (await device.PollAsync(("code_verifier", client.Verifier))).Status);

        var plain = await Device.BeginAsync(PublicClient("tv"), ("code_challenge", client.Verifier), ("code_challenge_method", "plain"));
        Assert.Equal((400, "invalid_request"), (plain.Begun.Status, plain.Begun.Error));
        plain.Dispose();
    }

    // P15
    [Fact]
    public async Task A_code_bound_to_a_key_and_its_tokens_require_a_proof_by_that_key()
    {
        await StartAsync();
        using var key = new ClientKey();
        using var device = await Device.BeginAsync(PublicClient("tv"), ("dpop_jkt", key.Thumbprint()));
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        Assert.Equal((400, "invalid_dpop_proof"), await ErrorAsync(device));
        using var other = new ClientKey();
        device.Client.Proof = url => other.Proof("POST", url);
        Assert.Equal((400, "invalid_grant"), await ErrorAsync(device));
        device.Client.Proof = url => key.Proof("POST", url);
        var tokens = await device.PollAsync();
        Assert.Equal((200, "DPoP"), (tokens.Status, tokens["token_type"]));
        device.Client.Proof = null;
        Assert.Equal(400, (await device.Client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    // P10
    [Fact]
    public async Task A_person_who_guesses_codes_is_blocked_after_twenty_attempts()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        for (var guess = 0; guess < 20; guess++)
        {
            await page.TypeAsync("BCDF-GHJK");
            Assert.Equal(400, page.Status);
        }

        await page.TypeAsync(device.UserCode);
        Assert.Equal(429, page.Status);
        Assert.Contains(World.Server.Logs.Lines, line => line.Contains("WrongUserCodesPerUserPerHour", StringComparison.Ordinal));
        World.Clock.Advance(TimeSpan.FromMinutes(61));
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        Assert.Contains("This code is not valid", page.Html, StringComparison.Ordinal);
    }

    // P10
    [Fact]
    public async Task An_address_that_guesses_codes_is_blocked_for_every_person_behind_it()
    {
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            options.Set("McpOidc:RateLimits:FailuresPerAddressPerMinute", "5");
        });
        using var device = await Device.BeginAsync(PublicClient("tv"));
        using var bob = new Browser { UserName = "bob" };
        var (first, second) = (new DevicePage(World, Person), new DevicePage(World, bob));
        await first.OpenAsync();
        await second.OpenAsync();
        for (var guess = 0; guess < 5; guess++)
        {
            await first.SendAsync(fields => fields["code"] = "BCDF-GHJK", FromOffice);
        }

        await second.SendAsync(fields => fields["code"] = device.UserCode, FromOffice);
        Assert.Equal(429, second.Status);

        static void FromOffice(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
    }

    // P16
    [Fact]
    public async Task A_person_cannot_give_a_device_a_scope_that_the_rules_deny_them()
    {
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:Scopes:0:Name", "files:read");
            options.Set("McpOidc:Scopes:0:Require:0:Groups:0", "nobody");
        });
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = await DevicePage.AllowAsync(World, Person, device.UserCode);
        Assert.Equal(200, page.Status);
        Assert.Equal("openid", (await device.PollAsync())["scope"]);

        using var only = await Device.BeginAsync(PublicClient("tv"), ("scope", "files:read"));
        page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(only.UserCode);
        Assert.Equal(403, page.Status);
        Wait();
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(only));
    }

    [Fact]
    public async Task A_person_can_leave_out_a_scope_and_cannot_add_one()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"), ("scope", "openid files:read files:write"));
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        Assert.Equal("files:read files:write", page.Fields["optional"]);
        await page.SendAsync(fields =>
        {
            fields["decision"] = "allow";
            fields["scope-9"] = "admin";
            fields.Remove(
                fields.Single(field => field.Value == "files:write" && field.Key.StartsWith("scope-", StringComparison.Ordinal)).Key
            );
        });

        Assert.Equal("openid files:read", (await device.PollAsync())["scope"]);
    }

    [Theory]
    [InlineData("files:read", "openid files:read")]
    [InlineData("files:read files:write", null)]
    [InlineData("openid", "openid")]
    public async Task A_person_who_leaves_out_every_scope_has_denied_access(string asked, string? forged)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"), ("scope", asked));
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        await page.SendAsync(fields =>
        {
            fields["decision"] = "allow";
            fields["optional"] = forged ?? fields["optional"];
            foreach (var box in fields.Keys.Where(name => name.StartsWith("scope-", StringComparison.Ordinal)).ToList())
            {
                fields.Remove(box);
            }
        });
        Assert.Contains("The device was denied access", page.Html, StringComparison.Ordinal);
        Assert.Equal((400, "access_denied"), await ErrorAsync(device));
    }

    [Fact]
    public async Task The_person_can_switch_to_another_account()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        var link = System.Text.RegularExpressions.Regex.Match(page.Html, "href=\"(/device[?][^\"]+another=[^\"]+)\"").Groups[1].Value;
        Person.UserName = "bob";
        await page.OpenAsync(World.Issuer + link.Replace("&amp;", "&", StringComparison.Ordinal));
        Assert.Contains("Does your device show this code?", page.Html, StringComparison.Ordinal);
        await page.SendAsync(_ => { });
        Assert.Contains("bob@example.com", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resource", "https://nowhere.example/mcp", "invalid_target")]
    [InlineData("scope", "nothing:known", "invalid_scope")]
    [InlineData("client_id", "nobody", "invalid_client")]
    [InlineData("client_id", "web", "unauthorized_client")]
    [InlineData("dpop_jkt", "short", "invalid_request")]
    public async Task An_invalid_device_request_is_refused_immediately(string parameter, string value, string error)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"), (parameter, value));
        Assert.Equal(error, device.Begun.Error);
        Assert.Null(device.Begun["error_uri"]);
    }

    [Fact]
    public async Task A_client_with_a_secret_authenticates_in_both_requests()
    {
        await StartAsync();
        using var wrong = await Device.BeginAsync(World.CreateClient("box"), ("client_secret", "wrong"));
        Assert.Equal((401, "invalid_client"), (wrong.Begun.Status, wrong.Begun.Error));
        using var device = await Device.BeginAsync(World.CreateClient("box"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        Assert.Equal("invalid_client", (await device.PollAsync(("client_secret", null))).Error);
        Assert.Equal(200, (await device.PollAsync()).Status);
    }

    // P11
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_device_grant_needs_its_setting_and_self_registered_clients_need_a_second_one(bool isOn)
    {
        World = await TestSystem.StartAsync(options =>
        {
            if (isOn)
            {
                options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            }
        });
        using var client = World.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["grant_types"] = new JsonArray("authorization_code", "refresh_token", Device.GrantType);
        var registered = await client.RegisterAsync(metadata);
        Assert.DoesNotContain(Device.GrantType, registered["grant_types"]!.ToJsonString(), StringComparison.Ordinal);
        using var begun = await client.Http.PostAsync(
            World.Issuer + "/device_authorization",
            new FormUrlEncodedContent([KeyValuePair.Create("client_id", client.ClientId)])
        );
        using var page = await Person.GetAsync(World.Issuer + "/device");
        var metadataText = await client.Http.GetStringAsync(World.Issuer + "/.well-known/oauth-authorization-server");
        if (isOn)
        {
            Assert.Equal(400, (int)begun.StatusCode);
            Assert.Contains("unauthorized_client", await begun.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal((404, 404), ((int)begun.StatusCode, (int)page.StatusCode));
            Assert.Equal(
                "unsupported_grant_type",
                (await client.PostAsync("/token", [("grant_type", Device.GrantType), ("device_code", "d")])).Error
            );
        }

        Assert.Equal(isOn, metadataText.Contains("device_authorization_endpoint", StringComparison.Ordinal));
        Assert.Equal(isOn, metadataText.Contains(Device.GrantType, StringComparison.Ordinal));
    }

    // P11
    [Theory]
    [InlineData("authorization_code", "refresh_token", Device.GrantType)]
    [InlineData(Device.GrantType, "refresh_token")]
    public async Task A_self_registered_client_can_use_the_device_grant_only_while_the_second_setting_is_on(params string[] grants)
    {
        TestSystemOptions? started = null;
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:DeviceAuthorization:SelfRegisteredClients", "true");
            started = options;
        });
        using var client = World.CreateClient();
        var metadata = OAuthClient.Metadata(grants.Contains("authorization_code") ? [client.RedirectUri] : []);
        metadata["grant_types"] = new JsonArray([.. grants.Select(grant => (JsonNode)grant)]);
        var registered = await client.RegisterAsync(metadata);
        Assert.Equal(grants, registered["grant_types"]!.AsArray().Select(grant => grant!.ToString()));
        using var device = await Device.BeginAsync(client);
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        Assert.Equal(200, (await device.PollAsync()).Status);

        started!.Set("McpOidc:DeviceAuthorization:SelfRegisteredClients", "false");
        await World.RestartAsync();
        Assert.Equal("unauthorized_client", (await Device.BeginAsync(client)).Begun.Error);
    }
}
