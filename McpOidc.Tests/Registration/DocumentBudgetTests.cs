using McpOidc.Registration.MetadataDocuments;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.RateLimits;

namespace McpOidc.Tests.Registration;

/// <summary>One address that causes many document fetches does not block other people's clients (S06, S07).</summary>
public sealed class DocumentBudgetTests
{
    private const string Attacker = "203.0.113.7";
    private const string Other = "198.51.100.1";

    [Theory]
    [InlineData("documents of many hosts", 10)]
    [InlineData("made-up paths of one host", 4)]
    [InlineData("hosts without an address", 4)]
    public async Task An_address_has_a_small_budget_that_failures_use_up_and_others_are_still_served(string what, int atMost)
    {
        await using var system = await StartAsync();
        var known = system.Publish();
        Assert.Equal(303, await AuthorizeAsync(system, known, Other));
        var host = new Uri(known).Host;
        var asked = 0;
        for (var i = 0; i < 40; i++)
        {
            var url = what switch
            {
                "documents of many hosts" => system.Publish(),
                "made-up paths of one host" => $"https://{host}/made-up/{i}.json",
                _ => $"https://nobody{i}.example/doc.json",
            };
            var before = system.Transport.Resolved.Count;
            Assert.NotEqual(500, await AuthorizeAsync(system, url, Attacker));
            asked += system.Transport.Resolved.Count - before;
        }

        Assert.InRange(asked, 1, atMost);
        Assert.Equal(303, await AuthorizeAsync(system, system.Publish(), Other));
        var neighbour = $"https://{host}/another.json";
        system.Publish(neighbour);
        Assert.Equal(303, await AuthorizeAsync(system, neighbour, Other));
        // A known document stays in use for every address.
        Assert.Equal(303, await AuthorizeAsync(system, known, Attacker));
    }

    [Fact]
    public async Task The_document_of_a_known_client_is_still_fetched_after_strangers_used_up_the_shared_budget()
    {
        await using var system = await StartAsync(("DocumentFetchesPerMinute", "5"));
        var known = system.Publish();
        Assert.Equal(303, await AuthorizeAsync(system, known, Other));
        system.System.Clock.Advance(TimeSpan.FromMinutes(6));
        for (var i = 0; i < 10; i++)
        {
            await AuthorizeAsync(system, system.Publish(), $"203.0.113.{i}");
        }

        Assert.Equal(503, await AuthorizeAsync(system, system.Publish(), Other));
        var before = system.Host.RequestsFor(known).Count;
        Assert.Equal(303, await AuthorizeAsync(system, known, Other));
        Assert.Equal(before + 1, system.Host.RequestsFor(known).Count);
    }

    [Fact]
    public async Task Silent_name_servers_occupy_only_a_few_lookups_and_do_not_delay_others()
    {
        await using var system = await StartAsync(("DocumentFetchesPerAddressPerMinute", "0"));
        var known = system.Publish();
        Assert.Equal(303, await AuthorizeAsync(system, known, Other));
        system.Transport.Silence("silent.example");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var attacks = new List<Task<int>>();
        for (var i = 0; i < 60; i++)
        {
            attacks.Add(AuthorizeAsync(system, $"https://h{i}.silent.example/doc", $"203.0.113.{i % 10}", limit.Token));
        }

        await WaitUntilAsync(() => system.Transport.Pending == NameLookups.MaximumAtOnce, limit.Token);
        // A host that has served a document gets its own look-ups.
        var neighbour = $"https://{new Uri(known).Host}/second.json";
        system.Publish(neighbour);
        Assert.Equal(303, await AuthorizeAsync(system, neighbour, Other, limit.Token));
        Assert.Equal(NameLookups.MaximumAtOnce, system.Transport.Pending);
        Assert.All(await Task.WhenAll(attacks), status => Assert.Equal(503, status));
        // All callers have given up but still count: the resolver has not returned.
        Assert.Equal(NameLookups.MaximumAtOnce, system.Transport.Pending);
        Assert.Equal(503, await AuthorizeAsync(system, "https://another.silent.example/doc", Attacker, limit.Token));
        Assert.Equal(NameLookups.MaximumAtOnce, system.Transport.Pending);
        system.Transport.EndSilence();
        await WaitUntilAsync(() => system.Transport.Pending == 0, limit.Token);
        Assert.Equal(303, await AuthorizeAsync(system, system.Publish(), Other, limit.Token));
    }

    // A stranger can have clients of its own, whose hosts fail or fall silent once they are known.
    // An IPv6 site is eight addresses.
    [Theory]
    [InlineData(5, "203.0.113.7", 5)]
    [InlineData(1, "2001:db8:7:{0}::1", 8)]
    public async Task A_stranger_cannot_use_up_what_is_reserved_for_known_clients_by_known_clients_of_its_own(
        int limit,
        string address,
        int atMost
    )
    {
        await using var system = await StartAsync(("DocumentFetchesPerMinute", "50"), ("DocumentFetchesPerAddressPerMinute", $"{limit}"));
        var known = system.Publish();
        Assert.Equal(303, await AuthorizeAsync(system, known, Other));
        var own = new List<string>();
        for (var i = 0; i < 15; i++)
        {
            own.Add(system.Publish());
            Assert.Equal(303, await AuthorizeAsync(system, own[^1], $"203.0.113.{i}"));
        }

        system.System.Clock.Advance(TimeSpan.FromMinutes(6));
        RateLimitTests.BeginWindow(system.System, TimeSpan.FromMinutes(1));
        for (var i = 0; i < own.Count; i++)
        {
            // The earlier copy is in use, whether or not it is fetched again.
            Assert.Equal(303, await AuthorizeAsync(system, own[i], string.Format(null, address, i)));
        }

        Assert.Equal(atMost, own.Sum(url => system.Host.RequestsFor(url).Count - 1));
        var before = system.Host.RequestsFor(known).Count;
        Assert.Equal(303, await AuthorizeAsync(system, known, Other));
        Assert.Equal(before + 1, system.Host.RequestsFor(known).Count);
        // Nor do unknown clients at the same address suffer.
        Assert.Equal(303, await AuthorizeAsync(system, system.Publish(), string.Format(null, address, 1)));
    }

    [Fact]
    public async Task A_stranger_over_its_budget_does_not_delay_the_fetch_of_a_replaced_key()
    {
        await using var system = await StartAsync(("DocumentFetchesPerAddressPerMinute", "1"));
        using ClientKey first = new(),
            next = new(),
            made = new(),
            another = new();
        var keys = system.NewUrl("keys");
        system.Host.Serve(keys, first.Jwks);
        using var owner = StrangerLimitTests.From(system.System, Other);
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        (metadata["token_endpoint_auth_method"], metadata["jwks_uri"]) = ("private_key_jwt", keys);
        await owner.RegisterAsync(metadata);
        using var stranger = StrangerLimitTests.From(system.System, Attacker, owner.ClientId);
        Assert.Equal("invalid_grant", await AskAsync(owner, first));
        foreach (var key in new[] { made, another })
        {
            system.System.Clock.Advance(TimeSpan.FromSeconds(16));
            Assert.Equal("invalid_client", await AskAsync(stranger, key));
        }

        system.Host.Serve(keys, next.Jwks);
        Assert.Equal("invalid_grant", await AskAsync(owner, next));

        async Task<string?> AskAsync(OAuthClient client, ClientKey key)
        {
            var now = system.System.Clock.GetUtcNow().ToUnixTimeSeconds();
            var assertion = key.Assert(client.ClientId, client.Issuer, claims => (claims["iat"], claims["exp"]) = (now, now + 60));
            return (
                await client.RefreshAsync("made.up", ("client_assertion", assertion), ("client_assertion_type", ClientKey.AssertionType))
            ).Error;
        }
    }

    [Fact]
    public async Task Known_hosts_whose_name_server_falls_silent_occupy_only_a_few_lookups_of_one_address()
    {
        await using var system = await StartAsync(("DocumentFetchesPerAddressPerMinute", "0"));
        var own = Enumerable.Range(0, 16).Select(i => $"https://h{i}.silent.example/doc").ToList();
        foreach (var url in own)
        {
            system.Publish(url);
            Assert.Equal(303, await AuthorizeAsync(system, url, Attacker));
        }

        system.System.Clock.Advance(TimeSpan.FromMinutes(6));
        system.Transport.Silence("silent.example");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var attacks = own.Select(url => AuthorizeAsync(system, url, Attacker, limit.Token)).ToList();
        await WaitUntilAsync(() => system.Transport.Pending == NameLookups.MaximumOfAddress, limit.Token);
        Assert.Equal(303, await AuthorizeAsync(system, system.Publish(), Other, limit.Token));
        Assert.Equal(NameLookups.MaximumOfAddress, system.Transport.Pending);
        system.Transport.EndSilence();
        Assert.All(await Task.WhenAll(attacks), status => Assert.Equal(303, status));
    }

    [Fact]
    public async Task One_address_occupies_at_most_two_lookups()
    {
        await using var system = await StartAsync();
        system.Transport.Silence("silent.example");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var attacks = Enumerable
            .Range(0, 8)
            .Select(i => AuthorizeAsync(system, $"https://h{i}.silent.example/doc", Attacker, limit.Token))
            .ToList();
        await WaitUntilAsync(() => system.Transport.Pending == NameLookups.MaximumOfAddress, limit.Token);
        Assert.Equal(303, await AuthorizeAsync(system, system.Publish(), Other, limit.Token));
        Assert.Equal(NameLookups.MaximumOfAddress, system.Transport.Pending);
        system.Transport.EndSilence();
        await Task.WhenAll(attacks);
    }

    [Fact]
    public async Task A_host_name_that_failed_to_resolve_is_not_looked_up_again_immediately()
    {
        await using var system = await StartAsync();
        system.Transport.Map("gone.example", () => throw new System.Net.Sockets.SocketException(11001));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(503, await AuthorizeAsync(system, $"https://gone.example/{i}", Other));
        }

        Assert.Single(system.Transport.Resolved, name => name == "gone.example");
    }

    private static async Task WaitUntilAsync(Func<bool> holds, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!holds())
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static async Task<int> AuthorizeAsync(
        DocumentSystem system,
        string url,
        string address,
        CancellationToken cancellationToken = default
    )
    {
        using var client = system.CreateClient(url);
        using var request = new HttpRequestMessage(HttpMethod.Get, client.AuthorizeUrl());
        request.Headers.Add("X-Forwarded-For", address);
        using var response = await client.Http.SendAsync(request, cancellationToken);
        return (int)response.StatusCode;
    }

    private static async Task<DocumentSystem> StartAsync(params (string Limit, string Value)[] limits)
    {
        var system = await DocumentSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            foreach (var (limit, value) in limits)
            {
                options.Set($"McpOidc:RateLimits:{limit}", value);
            }
        });
        RateLimitTests.BeginWindow(system.System, TimeSpan.FromMinutes(1));
        return system;
    }
}
