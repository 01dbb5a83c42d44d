using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Tests.Hosting;
using McpOidc.Timeline;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.RateLimits;

/// <summary>What a stranger sends under other people's names, or in other spellings, counts only against the stranger (S01, S02,
/// S08).</summary>
public sealed class StrangerLimitTests
{
    private const string Attacker = "203.0.113.7";
    private const string Office = "198.51.100.1";

    public static TheoryData<string, string> WorthlessRevocations
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var path in new[] { "/token/revocation", "/revoke", "/TOKEN/revocation/" })
            {
                foreach (var token in new[] { "junk", "ended", "foreign", "two parts.of junk", "e30.e30.e30" })
                {
                    all.Add(path, token);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(WorthlessRevocations))]
    public async Task An_unauthenticated_success_is_charged_to_the_address_and_not_to_the_client_it_names(string path, string token)
    {
        await using var system = await StartAsync(("RequestsPerClientPerMinute", 4), ("FailuresPerAddressPerMinute", 6));
        using var victim = From(system, Office);
        using var browser = new Browser();
        var tokens = await victim.SignInAsync(browser);
        using var attacker = From(system, Attacker, victim.ClientId);
        var sent = token switch
        {
            "ended" => await EndedTokenAsync(victim, browser),
            "foreign" => await ForeignTokenAsync(system, browser),
            _ => token,
        };
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add((await attacker.PostAsync(path, [("token", sent)])).Status);
        }

        Assert.Equal(429, statuses[^1]);
        Assert.InRange(statuses.Count(status => status != 429), 1, 6);
        Assert.Equal(200, (await victim.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task An_authenticated_request_is_charged_to_its_client()
    {
        await using var system = await StartAsync(("RequestsPerClientPerMinute", 2));
        using var client = From(system, Office);
        await client.RegisterAsync(Metadata("client_secret_post"));
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, (await client.PostAsync("/token/introspection", [("token", "any")])).Status);
        }

        Assert.Equal(429, (await client.PostAsync("/token/introspection", [("token", "any")])).Status);
    }

    /// <summary>Requests that start a sign-in, in every spelling: method, path, and a parameter as if it continued one.</summary>
    public static TheoryData<string, string, string, string> Beginnings
    {
        get
        {
            var all = new TheoryData<string, string, string, string>();
            string[] paths = ["/authorize", "/AUTHORIZE", "/Authorize/", "/%61uthorize", "/authoriz%65/"];
            string[] names = ["", "interaction", "Interaction", "INTERACTION", "%69nteraction", "interaction[]"];
            string[] values = ["", "1", new('A', 300), new('A', 3000), "a.b"];
            foreach (var (path, name) in paths.SelectMany(path => names, (path, name) => (path, name)))
            {
                foreach (var value in name.Length == 0 ? [""] : values)
                {
                    all.Add("GET", path, name, value);
                    all.Add("POST, parameter in the query", path, name, value);
                    all.Add("POST, all in the form", path, name, value);
                }
            }

            return all;
        }
    }

    [Fact]
    public async Task A_request_that_does_not_continue_a_sign_in_counts_as_a_new_one_in_any_spelling()
    {
        await using var system = await StartAsync(("AuthorizationsPerAddressPerMinute", 3));
        using var attacker = From(system, Attacker);
        await attacker.RegisterAsync();
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++)
        {
            using var begun = await attacker.Http.GetAsync(attacker.AuthorizeUrl());
            Assert.Equal(303, (int)begun.StatusCode);
        }

        var let = new List<string>();
        foreach (var row in Beginnings.Select(row => row.Cast<string>().ToArray()))
        {
            using var request = Begin(attacker, row[0], row[1], row[2], row[3]);
            using var answer = await attacker.Http.SendAsync(request);
            if ((int)answer.StatusCode != 429)
            {
                let.Add($"{(int)answer.StatusCode} {string.Join(' ', row)}");
            }
        }

        Assert.Empty(let);
        foreach (var path in new[] { "/request", "/REQUEST", "/request/", "/reques%74" })
        {
            Assert.Equal(429, (await attacker.PostAsync(path, [("response_type", "code")])).Status);
        }

        foreach (var path in new[] { "/account", "/ACCOUNT", "/account/", "/%61ccount" })
        {
            using var page = await attacker.Http.GetAsync(system.Issuer + path);
            Assert.Equal(429, (int)page.StatusCode);
        }
    }

    [Fact]
    public async Task A_fabricated_interaction_counts_as_the_start_of_a_sign_in()
    {
        await using var system = await StartAsync(("AuthorizationsPerAddressPerMinute", 4));
        using var attacker = From(system, Attacker);
        await attacker.RegisterAsync();
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        foreach (var value in new[] { "anything", new string('A', 300), "1", new string('b', 1000) })
        {
            using var made = await attacker.Http.GetAsync($"{system.Issuer}/authorize?interaction={value}");
            Assert.Equal(400, (int)made.StatusCode);
        }

        using var refused = await attacker.Http.GetAsync(attacker.AuthorizeUrl());
        Assert.Equal(429, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_person_who_began_a_sign_in_can_finish_it_after_the_limit_of_the_address_is_reached()
    {
        await using var system = await StartAsync(("AuthorizationsPerAddressPerMinute", 3));
        using var client = From(system, Office);
        await client.RegisterAsync();
        using var browser = new Browser { Address = Office };
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        // Up to the consent page; meanwhile another user in the office uses up the rest.
        using var asked = await browser.GetAsync(client.AuthorizeUrl());
        Assert.Equal(303, (int)asked.StatusCode);
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var begun = await client.Http.GetAsync(client.AuthorizeUrl());
            statuses.Add((int)begun.StatusCode);
        }

        Assert.Equal([303, 303, 429, 429], statuses);
        var page = new Uri(new Uri(system.Issuer), asked.Headers.Location!).AbsoluteUri;
        var result = await browser.OpenAsync(page, client.IsRedirectUri);
        Assert.Equal(200, (await client.RedeemAsync(result.Query("code")!)).Status);
    }

    [Fact]
    public async Task The_addresses_of_one_IPv6_network_share_a_limit()
    {
        await using var system = await StartAsync(("FailuresPerAddressPerMinute", 1));
        using var client = From(system, Office);
        await client.RegisterAsync();
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            using var attacker = From(system, $"2001:db8:7:{i:x}::1", client.ClientId);
            statuses.Add((await attacker.RedeemAsync("wrong")).Status);
        }

        Assert.Equal(8, statuses.Count(status => status == 400));
        using var neighbour = From(system, "2001:db8:8:1::1", client.ClientId);
        Assert.Equal(400, (await neighbour.RedeemAsync("wrong")).Status);
    }

    [Fact]
    public async Task Changes_to_a_registration_are_limited_per_hour_across_all_addresses()
    {
        await using var system = await StartAsync(("RegistrationChangesPerClientPerHour", 2));
        using var client = system.CreateClient();
        var registered = await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, registered["registration_client_uri"]!.ToString())
            {
                Content = JsonContent.Create(OAuthClient.Metadata($"https://app{i}.example/cb")),
            };
            request.Headers.Authorization = new("Bearer", registered["registration_access_token"]!.ToString());
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{i}");
            using var answer = await client.Http.SendAsync(request);
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal([200, 200, 429, 429], statuses);
        system.Clock.Advance(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_few_addresses_that_request_many_error_pages_do_not_use_up_the_timelines_of_others()
    {
        await using var system = await StartAsync();
        using var stranger = system.CreateClient();
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10 * 13; i++)
        {
            await AskForErrorPageAsync($"203.0.113.{i % 10}");
        }

        var reference = await AskForErrorPageAsync(Office);
        Assert.NotNull(await system.Server.Services.GetRequiredService<SignInTimelines>().FindAsync(reference));

        async Task<string> AskForErrorPageAsync(string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, system.Issuer + "/oauth/consent?interaction=none");
            request.Headers.Add("X-Forwarded-For", address);
            using var response = await stranger.Http.SendAsync(request);
            return Regex.Match(await response.Content.ReadAsStringAsync(), "<code>([^<]+)</code>").Groups[1].Value;
        }
    }

    private static HttpRequestMessage Begin(OAuthClient client, string how, string path, string name, string value)
    {
        var query = new Uri(client.AuthorizeUrl()).Query;
        var extra = name.Length == 0 ? "" : $"&{name}={value}";
        if (how == "GET")
        {
            return new HttpRequestMessage(HttpMethod.Get, client.Issuer + path + query + extra);
        }

        var isInForm = how == "POST, all in the form";
        return new HttpRequestMessage(HttpMethod.Post, client.Issuer + path + (isInForm || extra.Length == 0 ? "" : "?" + extra[1..]))
        {
            Content = new StringContent(
                query[1..] + (isInForm ? extra : ""),
                Encoding.ASCII,
                new MediaTypeHeaderValue("application/x-www-form-urlencoded")
            ),
        };
    }

    internal static async Task<string> EndedTokenAsync(OAuthClient client, Browser browser)
    {
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser));
        Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", tokens.RefreshToken)])).Status);
        return tokens.RefreshToken;
    }

    internal static async Task<string> ForeignTokenAsync(TestSystem system, Browser browser)
    {
        using var other = From(system, Office);
        return (await other.SignInAsync(browser)).RefreshToken;
    }

    internal static async Task<TestSystem> StartAsync(params (string Limit, int Permits)[] limits)
    {
        var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            foreach (var (limit, permits) in limits)
            {
                options.Set($"McpOidc:RateLimits:{limit}", $"{permits}");
            }
        });
        RateLimitTests.BeginWindow(system, TimeSpan.FromHours(1));
        return system;
    }

    internal static OAuthClient From(TestSystem system, string address, string clientId = "")
    {
        var client = system.CreateClient();
        client.ClientId = clientId;
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return client;
    }

    internal static JsonObject Metadata(string method)
    {
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata["token_endpoint_auth_method"] = method;
        return metadata;
    }
}
