using System.Net.Http.Headers;
using System.Net.Http.Json;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.RateLimits;

/// <summary>Strangers' requests to the endpoints for devices, personal tokens and registrations affect no one else either (S01, S02,
/// S03).</summary>
public sealed class LaterEndpointLimitTests : DeviceSystem
{
    private const string Attacker = "203.0.113.7";
    private const string Office = "198.51.100.1";
    private const string InitialToken = "an initial access token of thirty-two characters";

    /// <summary>Requests that start a sign-in for a page or a device, in spellings that routing accepts.</summary>
    public static TheoryData<string, string> Beginnings
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var path in new[] { "/device", "/account", "/account/tokens", "/device_authorization" })
            {
                var encoded = "/" + string.Concat(path.Skip(1).Select(letter => letter == '/' ? "/" : $"%{(int)letter:X2}"));
                foreach (var spelling in new[] { path, path.ToUpperInvariant(), path + "/", encoded })
                {
                    all.Add(path == "/device_authorization" ? "POST" : "GET", spelling);
                }
            }

            return all;
        }
    }

    [Theory]
    [InlineData("/token/revocation")]
    [InlineData("/revoke")]
    public async Task A_device_code_that_nobody_allowed_is_charged_to_the_address_and_not_to_the_client_that_it_names(string path)
    {
        await StartAsync(("RequestsPerClientPerMinute", 4), ("FailuresPerAddressPerMinute", 6));
        using var victim = await Device.BeginAsync(From(Office, "tv"));
        using var attacker = await Device.BeginAsync(From(Attacker, "tv"));
        RateLimitTests.BeginWindow(World, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add((await attacker.Client.PostAsync(path, [("token", attacker.Code)])).Status);
        }

        Assert.Equal(429, statuses[^1]);
        Assert.Equal(6, statuses.Count(status => status == 200));
        await DevicePage.AllowAsync(World, Person, victim.UserCode);
        Assert.Equal(200, (await victim.PollAsync()).Status);
        // The attacker's own device keeps polling, however much its address has used up.
        Assert.Equal("authorization_pending", (await attacker.PollAsync()).Error);
    }

    [Fact]
    public async Task Wrong_codes_from_an_office_do_not_keep_its_people_from_entering_the_code_of_a_device()
    {
        await StartAsync(("FailuresPerAddressPerMinute", 3));
        using var device = await Device.BeginAsync(From(Office, "tv"));
        using var attacker = From(Office, "tv");
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        RateLimitTests.BeginWindow(World, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i < 3 ? 400 : 429, (await attacker.RefreshAsync("wrong")).Status);
        }

        await page.SendAsync(fields => fields["code"] = device.UserCode, FromOffice);
        await page.SendAsync(fields => fields["decision"] = "allow", FromOffice);
        Assert.Equal(200, page.Status);
        Assert.Equal(200, (await device.PollAsync()).Status);

        static void FromOffice(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("X-Forwarded-For", Office);
    }

    [Fact]
    public async Task Wrong_tokens_from_an_office_do_not_keep_its_clients_from_registering_and_guesses_are_cut_off()
    {
        await StartAsync(
            [("FailuresPerAddressPerMinute", 3)],
            options => options.Set("McpOidc:Registration:InitialAccessTokens:0", InitialToken)
        );
        using var client = From(Office, "");
        RateLimitTests.BeginWindow(World, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            statuses.Add(await RegisterAsync(client, $"guess {i}"));
        }

        Assert.Equal([401, 401, 401, 429, 429], statuses);
        Assert.Equal(201, await RegisterAsync(client, InitialToken));
        Assert.Equal(429, await RegisterAsync(client, "guess 6"));
        Assert.Equal(401, await RegisterAsync(client, token: null));
    }

    [Fact]
    public async Task A_registration_without_a_token_is_no_guess_and_a_guess_beyond_the_limit_is_audited_and_not_asked_for_a_token()
    {
        await StartAsync(
            [("FailuresPerAddressPerMinute", 1)],
            options => options.Set("McpOidc:Registration:InitialAccessTokens:0", InitialToken)
        );
        using var client = From(Office, "");
        RateLimitTests.BeginWindow(World, TimeSpan.FromMinutes(1));
        Assert.Equal(401, await RegisterAsync(client, token: null));
        Assert.Equal(401, await RegisterAsync(client, token: null));
        Assert.Equal(401, await RegisterAsync(client, "guess"));
        Assert.DoesNotContain(World.Server.Logs.Lines, IsAudited);

        using var answer = await SendRegistrationAsync(client, "guess");
        Assert.Equal(429, (int)answer.StatusCode);
        Assert.Empty(answer.Headers.WwwAuthenticate);
        Assert.Single(World.Server.Logs.Lines, IsAudited);
        static bool IsAudited(string line) => line.Contains("limit.reached: limit FailuresPerAddressPerMinute", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sign_in_of_a_device_counts_as_a_use_of_its_grant()
    {
        await StartAsync(("RequestsPerGrantPerMinute", 1));
        using var device = await Device.BeginAsync(From(Office, "tv"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        var tokens = await device.PollAsync();
        Assert.Equal(200, tokens.Status);
        Assert.Equal(429, (await device.Client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task Guesses_of_an_MCP_servers_secret_are_cut_off_even_if_one_is_right()
    {
        await StartAsync(
            [("FailuresPerAddressPerMinute", 3)],
            options =>
            {
                options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
                options.AddClient(4, "server", key: null, ("ResourceServer", "https://other.example/mcp"));
            }
        );
        using var attacker = From(Attacker, "");
        using var server = From(Office, "");
        RateLimitTests.BeginWindow(World, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            statuses.Add(await LookUpAsync(attacker, $"guess {i}"));
        }

        Assert.Equal([401, 401, 401, 429], statuses);
        Assert.Equal(429, await LookUpAsync(attacker, ConfiguredClients.Secret));
        Assert.Equal(404, await LookUpAsync(server, ConfiguredClients.Secret));
    }

    [Fact]
    public async Task Whatever_begins_a_sign_in_for_a_page_or_a_device_is_counted_in_any_spelling()
    {
        await StartAsync(("AuthorizationsPerAddressPerMinute", 3));
        using var attacker = From(Attacker, "tv");
        RateLimitTests.BeginWindow(World, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await attacker.PostAsync("/device_authorization", [("resource", attacker.Resource)])).Status);
        }

        var let = new List<string>();
        foreach (var row in Beginnings.Select(row => row.Cast<string>().ToArray()))
        {
            using var request = new HttpRequestMessage(new HttpMethod(row[0]), World.Issuer + row[1])
            {
                Content = row[0] == "GET" ? null : new FormUrlEncodedContent([new("client_id", "tv"), new("resource", attacker.Resource)]),
            };
            using var answer = await attacker.Http.SendAsync(request);
            if ((int)answer.StatusCode != 429)
            {
                let.Add($"{(int)answer.StatusCode} {string.Join(' ', row)}");
            }
        }

        Assert.Empty(let);
    }

    private Task StartAsync(params (string Limit, int Permits)[] limits) => StartAsync(limits, _ => { });

    private async Task StartAsync((string Limit, int Permits)[] limits, Action<TestSystemOptions> configureMore)
    {
        await StartAsync(configure: options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            foreach (var (limit, permits) in limits)
            {
                options.Set($"McpOidc:RateLimits:{limit}", $"{permits}");
            }

            configureMore(options);
        });
        RateLimitTests.BeginWindow(World, TimeSpan.FromHours(1));
    }

    private OAuthClient From(string address, string clientId) => StrangerLimitTests.From(World, address, clientId);

    private static async Task<int> LookUpAsync(OAuthClient client, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, client.Issuer + "/register/nobody");
        request.Headers.Authorization = OAuthClient.Basic("server", secret);
        using var answer = await client.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private static async Task<int> RegisterAsync(OAuthClient client, string? token)
    {
        using var answer = await SendRegistrationAsync(client, token);
        return (int)answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendRegistrationAsync(OAuthClient client, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, client.Issuer + "/register")
        {
            Content = JsonContent.Create(OAuthClient.Metadata(OAuthClient.DefaultRedirectUri)),
        };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await client.Http.SendAsync(request);
    }
}
