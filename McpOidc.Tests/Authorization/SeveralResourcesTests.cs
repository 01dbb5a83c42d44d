using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Authorization;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Authorization;

/// <summary>One authorization server for several MCP servers, each with its own scopes and lifetimes (RFC 8707).</summary>
public sealed class SeveralResourcesTests
{
    private const string Other = "https://other.example/mcp";

    [Fact]
    public async Task Each_resource_has_its_own_scopes()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var mine = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid orders:read files:read")));
        Assert.Equal("openid files:read", Scope(mine));

        var others = await client.RedeemAsync(
            await client.GetCodeAsync(browser, ("scope", "openid orders:read files:read"), ("resource", Other)),
            ("resource", Other)
        );
        Assert.Equal("openid orders:read", Scope(others));
        Assert.Equal(Other, JwtReader.Payload(others.AccessToken)["aud"]!.ToString());
    }

    [Fact]
    public async Task Each_resource_has_its_own_lifetimes()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var mine = await client.RedeemAsync(await client.GetCodeAsync(browser));
        var others = await client.RedeemAsync(await client.GetCodeAsync(browser, ("resource", Other)), ("resource", Other));
        // Times in the token are whole seconds.
        Assert.InRange(int.Parse(mine["expires_in"]!, CultureInfo.InvariantCulture), 899, 900);
        Assert.InRange(int.Parse(others["expires_in"]!, CultureInfo.InvariantCulture), 3599, 3600);

        system.Clock.Advance(TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await client.RefreshAsync(mine.RefreshToken)).Status);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(others.RefreshToken, ("resource", Other))).Error);
    }

    [Fact]
    public async Task A_request_without_a_resource_yields_invalid_target()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        (await client.AuthorizeAsync(browser, ("resource", null))).ExpectRedirectError(client, "invalid_target");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_metadata_endpoint_reads_the_store_once_however_many_resources_there_are(bool published)
    {
        ScopeReads? reads = null;
        await using var system = await TestSystem.StartAsync(options =>
        {
            for (var i = 1; i < 50; i++)
            {
                options.Set($"McpOidc:Resources:{i}:Uri", $"https://mcp{i}.example/mcp");
                options.Set($"McpOidc:Resources:{i}:Scopes:0", $"scope{i}");
            }

            options.Server = builder => StoreDecorator.Around(builder.Services, store => reads = new ScopeReads(store));
        });
        if (published)
        {
            var record = new PublishedScopes
            {
                Base = ["told"],
                All = ["told"],
                Tools = [],
            };
            await system
                .Server.Services.GetRequiredService<RecordStore>()
                .AddAsync(
                    StoreKeys.ResourceScopes,
                    PublishedScopes.IdOf("https://mcp7.example/mcp"),
                    record,
                    system.Clock.GetUtcNow().AddDays(1),
                    CancellationToken.None
                );
        }

        using var http = new HttpClient();
        var metadata = (await http.GetFromJsonAsync<JsonObject>(new Uri(system.Issuer + "/.well-known/oauth-authorization-server")))!;
        var scopes = metadata["scopes_supported"]!.AsArray().Select(scope => scope!.ToString()).ToList();
        Assert.All(Enumerable.Range(1, 49), i => Assert.Contains($"scope{i}", scopes));
        Assert.Equal(published, scopes.Contains("told"));
        Assert.Equal(1, reads!.Trips);
    }

    [Fact]
    public async Task A_resource_written_in_another_form_has_its_own_lifetimes_too()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        const string Loud = "HTTPS://OTHER.example:443/mcp/";
        var others = await client.RedeemAsync(await client.GetCodeAsync(browser, ("resource", Loud)), ("resource", Loud));
        Assert.InRange(int.Parse(others["expires_in"]!, CultureInfo.InvariantCulture), 3599, 3600);
    }

    private static string Scope(TokenAnswer answer) => JwtReader.Payload(answer.AccessToken)["scope"]!.ToString();

    private static Task<TestSystem> StartAsync() =>
        TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Set("McpOidc:Resources:1:Uri", Other);
            options.Set("McpOidc:Resources:1:Scopes:0", "orders:read");
            options.Set("McpOidc:Resources:1:AccessTokenLifetime", "01:00:00");
            options.Set("McpOidc:Resources:1:RefreshTokenLifetime", "02:00:00");
        });

    /// <summary>A real store that counts reads of the scopes of other servers; the system reads its own server's meanwhile.</summary>
    private sealed class ScopeReads(IMcpOidcStore inner) : StoreDecorator(inner), IMcpOidcStore
    {
        private static readonly HashSet<string> s_others =
        [
            .. Enumerable.Range(1, 49).Select(i => StoreKeys.ResourceScopes.Key(PublishedScopes.IdOf($"https://mcp{i}.example/mcp"))),
        ];
        private readonly IMcpOidcStore _inner = inner;
        private int _trips;

        public int Trips => Volatile.Read(ref _trips);

        public override ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
        {
            Count([key]);
            return base.GetAsync(key, cancellationToken);
        }

        public ValueTask<IReadOnlyList<StoredRecord?>> GetManyAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken = default
        )
        {
            Count(keys);
            return _inner.GetManyAsync(keys, cancellationToken);
        }

        private void Count(IReadOnlyList<string> keys)
        {
            if (keys.Any(s_others.Contains))
            {
                Interlocked.Increment(ref _trips);
            }
        }
    }
}
