using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.RateLimits;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.RateLimits;

/// <summary>Strangers cannot fill the store, and when they have used up their share, signed-in users continue (S05).</summary>
public sealed class StrangerStorageTests
{
    private static readonly string[] s_stores = ["SQLite", "Redis"];

    /// <summary>Requests longer than what is kept of one.</summary>
    public static TheoryData<string, string> LongRequests
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var how in new[] { "authorize", "push" })
            {
                foreach (var name in new[] { "anything", "nonce", "login_hint", "id_token_hint", "ui_locales", "scope", "acr_values" })
                {
                    all.Add(how, name);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(LongRequests))]
    public async Task A_request_larger_than_eight_kilobytes_is_refused_and_not_stored(string how, string name)
    {
        var written = new Written();
        await using var system = await StartAsync(written);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        written.Clear();
        foreach (
            var (length, letter, isKept) in new[] { (7_000, 'x', true), (8_300, 'x', false), (60_000, 'x', false), (3_000, '€', false) }
        )
        {
            var value = name == "scope" && isKept ? string.Concat(Enumerable.Repeat("openid ", length / 7)) : new string(letter, length);
            var answer = await SendAsync(client, how, (name, value));
            Assert.Equal(isKept, answer is HttpStatusCode.SeeOther or HttpStatusCode.Created);
        }

        Assert.True(written.Sum("interaction:", "token:") < 12_000, $"{written.Sum("interaction:", "token:")}");
    }

    [Theory]
    [InlineData("authorize")]
    [InlineData("push")]
    public async Task Unrecognized_parameters_are_not_stored(string how)
    {
        var written = new Written();
        await using var system = await StartAsync(written);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var random = new Random(19);
        var sent = Enumerable.Range(0, 6).Select(number => ($"unread_{number}", Noise(random, 1000))).ToArray();
        written.Clear();
        if (how == "push")
        {
            Assert.Equal(HttpStatusCode.Created, await SendAsync(client, how, sent));
        }
        else
        {
            // The whole sign-in, so that what the store holds while the user is at the provider is written too.
            var result = await client.AuthorizeAsync(browser, [.. sent.Select(one => (one.Item1, (string?)one.Item2))]);
            Assert.Equal(200, (await client.RedeemAsync(result.Query("code")!)).Status);
        }

        Assert.InRange(written.Sum("interaction:", "token:"), 100, 4_000);
    }

    [Theory]
    [InlineData("/account/tokens")]
    [InlineData("/admin/page/clients")]
    [InlineData("/device")]
    public async Task What_nobody_reads_in_the_address_of_a_page_is_not_kept_during_the_sign_in(string path)
    {
        var written = new Written();
        await using var system = await StartAsync(
            written,
            null,
            [],
            ("McpOidc:DeviceAuthorization:Enabled", "true"),
            ("McpOidc:Admin:Claim", "roles"),
            ("McpOidc:Admin:Value", "operator")
        );
        using var client = system.CreateClient();
        using var answer = await client.Http.GetAsync($"{system.Issuer}{path}?unread={Noise(new Random(19), 6000)}");

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.InRange(written.Sum("interaction:"), 100, 2_000);
    }

    [Theory]
    [InlineData("redirect_uris")]
    [InlineData("contacts")]
    [InlineData("jwks")]
    [InlineData("anything")]
    public async Task A_registration_larger_than_eight_kilobytes_is_refused(string member)
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        foreach (var (length, status) in new[] { (400, HttpStatusCode.Created), (900, HttpStatusCode.BadRequest) })
        {
            var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
            var texts = Enumerable.Range(0, 10).Select(number => $"https://{number}.example/" + new string('x', Math.Min(length, 500)));
            metadata[member] = member switch
            {
                "jwks" => new JsonObject { ["keys"] = new JsonArray(), ["padding"] = new string('x', length * 10) },
                "anything" => new string('x', length * 10),
                "contacts" => new JsonArray([.. texts.Concat(length > 500 ? texts : []).Select(text => (JsonNode)text[^400..])]),
                _ => new JsonArray([.. texts.Select(text => (JsonNode)(text + new string('y', Math.Max(0, length - 500))))]),
            };
            using var response = await client.Http.PostAsJsonAsync(client.Issuer + "/register", metadata);
            Assert.Equal(status, response.StatusCode);
        }
    }

    public static TheoryData<string> Stores => [.. s_stores];

    [RedisTheory]
    [MemberData(nameof(Stores))]
    public async Task A_storage_ceiling_across_processes_refuses_strangers_and_serves_signed_in_people(string kind)
    {
        await using var redis = kind == "Redis" ? await RedisServer.StartAsync() : null;
        using var store = redis is null ? TestStore.Sqlite() : TestStore.Redis(redis);
        var written = new Written();
        await using var system = await StartAsync(written, store, ("StrangersMegabytes", "1"), ("StoredKilobytesPerAddressPerMinute", "0"));
        var second = await system.StartSecondServerAsync();
        using var client = system.CreateClient();
        using var elsewhere = new OAuthClient(second.Origin, client.Resource);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        elsewhere.ClientId = client.ClientId;
        var served = 0;
        HttpStatusCode last;
        do
        {
            last = await SendAsync(served % 2 == 0 ? client : elsewhere, "push", ("nonce", Noise(new Random(served), 6000)));
            served++;
        } while (last == HttpStatusCode.Created && served < 1000);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, last);
        Assert.InRange(written.Sum("token:"), 700_000, 1_400_000);
        // Both servers know after their next look at the latest, with a one-second time-out between looks.
        system.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(client, "push", ("nonce", Noise(new Random(1), 6000))));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(elsewhere, "push", ("nonce", Noise(new Random(1), 6000))));
        using var page = await client.Http.PostAsJsonAsync(
            client.Issuer + "/register",
            OAuthClient.StoredMetadata("https://new.example/cb")
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        Assert.NotNull(page.Headers.RetryAfter);

        written.Clear();
        for (var i = 0; i < 4; i++)
        {
            tokens = await (i % 2 == 0 ? client : elsewhere).RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        Assert.DoesNotContain(written.Keys, key => key.StartsWith("strangers:", StringComparison.Ordinal));
        system.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(client, "push", ("nonce", Noise(new Random(1), 6000))));
    }

    [Fact]
    public async Task One_address_has_a_limited_share_and_others_can_sign_in_beyond_it()
    {
        await using var system = await StartAsync(new Written(), null, ("StoredKilobytesPerAddressPerMinute", "64"));
        using var attacker = From(system, "203.0.113.7");
        await attacker.RegisterAsync();
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 30; i++)
        {
            statuses.Add(await SendAsync(attacker, "push", ("nonce", Noise(new Random(i), 6000))));
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, statuses[^1]);
        Assert.InRange(statuses.Count(status => status == HttpStatusCode.Created), 5, 15);
        using var other = From(system, "198.51.100.1");
        using var browser = new Browser { Address = "198.51.100.1" };
        Assert.Equal(200, (await other.SignInAsync(browser)).Status);
    }

    [Fact]
    public async Task A_new_registration_is_kept_for_seven_days_and_near_the_storage_limit_for_one_day()
    {
        await using var system = await StartAsync(new Written(), null, ("StrangersMegabytes", "1"));
        using var early = system.CreateClient();
        await early.RegisterAsync(OAuthClient.StoredMetadata(early.RedirectUri));
        using var late = system.CreateClient();
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(HttpStatusCode.Created, await SendAsync(early, "push", ("nonce", Noise(new Random(i), 6000))));
        }

        await late.RegisterAsync(OAuthClient.StoredMetadata(late.RedirectUri));
        system.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(early, "push", ("nonce", "n")));
        Assert.NotEqual(HttpStatusCode.Created, await SendAsync(late, "push", ("nonce", "n")));
    }

    [Fact]
    public async Task A_person_who_signs_in_uses_none_of_the_storage_quota_of_strangers()
    {
        await using var system = await StartAsync(new Written(), null, ("StrangersMegabytes", "1"), ("RegistrationsPerHour", "0"));
        using var browser = new Browser();
        // Far more than a megabyte, but from real users: each registration and each step is refunded when it is used.
        for (var i = 0; i < 40; i++)
        {
            using var client = system.CreateClient();
            var metadata = OAuthClient.Metadata(client.RedirectUri);
            metadata["contacts"] = new JsonArray([.. Enumerable.Range(0, 14).Select(_ => (JsonNode)new string('x', 500))]);
            await client.RegisterAsync(metadata);
            Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(browser))).Status);
        }

        var ledger = (IStrangerLedger)system.Server.Services.GetService(typeof(IStrangerLedger))!;
        Assert.False(ledger.IsNearCeiling);
    }

    [Fact]
    public async Task Scopes_that_do_not_fit_into_one_request_are_refused_at_startup()
    {
        static void Name(TestSystemOptions options, int count)
        {
            for (var i = 0; i < count; i++)
            {
                options.Set($"McpOidc:Resources:0:Scopes:{i}", $"scope{i:000}:" + new string('x', 54));
            }
        }

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => TestSystem.StartAsync(options => Name(options, 65)));
        Assert.Contains("contain scopes with a total of", refused.ToString(), StringComparison.Ordinal);
        await using var system = await TestSystem.StartAsync(options => Name(options, 64));
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var all = string.Join(' ', Enumerable.Range(0, 64).Select(i => $"scope{i:000}:" + new string('x', 54)));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(client, "authorize", ("scope", all)));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(client, "push", ("scope", all)));
    }

    [Fact]
    public void A_stored_entry_is_counted_until_it_expires_and_not_for_long_afterwards()
    {
        var now = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000.3);
        var random = new Random(4);
        for (var i = 0; i < 500; i++)
        {
            var lifetime = TimeSpan.FromSeconds(random.Next(1, 100 * 24 * 3600));
            var counted = new StoredBytes();
            counted.Add(now + lifetime, now, 100);
            var read = StoredBytes.Read(counted.Write().Value);
            Assert.Equal(100, read.SumAt(now + lifetime - TimeSpan.FromSeconds(1)));
            Assert.Equal(0, read.SumAt(now + lifetime + TimeSpan.FromMinutes(1) + (lifetime / 2)));
            read.Subtract(counted);
            Assert.Equal(0, read.SumAt(now));
        }
    }

    private static async Task<HttpStatusCode> SendAsync(OAuthClient client, string how, params (string Name, string Value)[] more)
    {
        var query = new Uri(client.AuthorizeUrl()).Query.TrimStart('?').Split('&').Select(pair => pair.Split('='));
        var form = query
            .Where(pair => more.All(one => one.Name != pair[0]))
            .Select(pair => KeyValuePair.Create(pair[0], Uri.UnescapeDataString(pair[1])))
            .Concat(more.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        using var content = new FormUrlEncodedContent(form);
        using var response = await client.Http.PostAsync(client.Issuer + (how == "push" ? "/request" : "/authorize"), content);
        return response.Headers.Location?.IsAbsoluteUri is true && how == "authorize" ? HttpStatusCode.BadRequest : response.StatusCode;
    }

    private static string Noise(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('a', 'z' + 1)));

    private static OAuthClient From(TestSystem system, string address)
    {
        var client = system.CreateClient();
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return client;
    }

    private static Task<TestSystem> StartAsync(Written written, TestStore? store = null, params (string Limit, string Value)[] limits) =>
        StartAsync(written, store, limits, []);

    private static Task<TestSystem> StartAsync(
        Written written,
        TestStore? store,
        (string Limit, string Value)[] limits,
        params (string Key, string Value)[] settings
    ) =>
        TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
                options.Set("McpOidc:TrustedProxies:1", "::1/128");
                foreach (var (key, value) in limits.Select(one => ($"McpOidc:RateLimits:{one.Limit}", one.Value)).Concat(settings))
                {
                    options.Set(key, value);
                }

                options.Server = mcpOidc => StoreDecorator.Around(mcpOidc.Services, written.Around);
            },
            store
        );

    /// <summary>What was added to the store, by key.</summary>
    private sealed class Written
    {
        private readonly ConcurrentQueue<(string Key, int Length)> _all = new();

        public IEnumerable<string> Keys => _all.Select(one => one.Key);

        public int Sum(params string[] kinds) =>
            _all.Where(one => kinds.Any(kind => one.Key.StartsWith(kind, StringComparison.Ordinal))).Sum(one => one.Length);

        public void Clear() => _all.Clear();

        public IMcpOidcStore Around(IMcpOidcStore inner) => new Store(inner, this);

        private sealed class Store(IMcpOidcStore inner, Written written) : StoreDecorator(inner)
        {
            public override ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default)
            {
                written._all.Enqueue((key, write.Value.Length));
                return base.AddAsync(key, write, cancellationToken);
            }

            public override ValueTask<long?> ReplaceAsync(
                string key,
                long expectedVersion,
                StoreWrite write,
                CancellationToken cancellationToken = default
            )
            {
                written._all.Enqueue((key, write.Value.Length));
                return base.ReplaceAsync(key, expectedVersion, write, cancellationToken);
            }
        }
    }
}
