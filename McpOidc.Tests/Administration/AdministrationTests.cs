using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>What an operator does over HTTP and with commands, on a SQLite file; <see cref="RedisAdministrationTests"/> on Redis.</summary>
public class AdministrationTests : IAsyncLifetime
{
    private const string Key = "the operators' key, long enough to be one";
    private readonly Browser _browser = new();
    private TestStore _store = null!;

    protected TestSystem System { get; private set; } = null!;

    protected virtual Task<TestStore> CreateStoreAsync() => Task.FromResult(TestStore.Sqlite());

    public virtual async Task InitializeAsync()
    {
        _store = await CreateStoreAsync();
        System = await TestSystem.StartAsync(options => options.Set("McpOidc:Admin:Key", Key), _store);
    }

    public virtual async Task DisposeAsync()
    {
        _browser.Dispose();
        await System.DisposeAsync();
        _store.Dispose();
    }

    [StoreFact]
    public async Task Everyone_is_signed_out_within_seconds()
    {
        using var client = System.CreateClient();
        using var other = System.CreateClient();
        using var theirs = new Browser { UserName = "bob" };
        var tokens = await client.SignInAsync(_browser);
        var others = await other.SignInAsync(theirs);
        Assert.Equal(200, await EchoAsync(client, tokens));

        Assert.Equal(2, (await AskAsync("/admin/grants/revoke-all"))["revoked"]!.GetValue<long>());
        await AssertRefusedAsync(client, tokens);
        await AssertRefusedAsync(other, others);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal("login_required", (await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
        Assert.Equal(0, (await AskAsync("/admin/grants/revoke-all"))["revoked"]!.GetValue<long>());
        Assert.Equal(200, await EchoAsync(client, await client.SignInAsync(_browser)));
        Assert.Contains(System.Server.Logs.Lines, line => line.Contains("grants.all_revoked", StringComparison.Ordinal));
    }

    [StoreFact]
    public async Task Unused_registrations_are_removed_unless_they_are_recent()
    {
        using var used = System.CreateClient();
        using var unused = System.CreateClient();
        await used.RegisterAsync(OAuthClient.StoredMetadata(used.RedirectUri));
        await used.SignInAsync(_browser);
        await unused.RegisterAsync(OAuthClient.StoredMetadata(unused.RedirectUri));
        System.Clock.Advance(TimeSpan.FromHours(2));
        using var young = System.CreateClient();
        await young.RegisterAsync(OAuthClient.StoredMetadata(young.RedirectUri));

        Assert.Equal(1, (await AskAsync("/admin/clients/reap"))["reaped"]!.GetValue<long>());
        Assert.Equal(400, (await unused.AuthorizeAsync(_browser)).Status);
        Assert.NotNull((await used.AuthorizeAsync(_browser)).Query("code"));
        Assert.NotNull((await young.AuthorizeAsync(_browser)).Query("code"));
    }

    [StoreFact]
    public async Task The_next_signing_key_is_published_at_rotation()
    {
        using var client = System.CreateClient();
        // Responds once the key for id_tokens has been created.
        await client.Http.GetStringAsync(System.Issuer + "/jwks");
        var keys = (await AskAsync("/admin/keys/rotate"))["keys"]!.AsArray();
        Assert.Equal([true, false], keys.Where(key => key!["alg"]!.ToString() == "ES256").Select(key => key!["active"]!.GetValue<bool>()));
        var published = await client.Http.GetStringAsync(System.Issuer + "/jwks");
        Assert.All(keys, key => Assert.Contains(key!["kid"]!.GetValue<string>(), published, StringComparison.Ordinal));
    }

    [StoreFact]
    public async Task A_caller_without_the_key_is_refused()
    {
        Assert.Equal(401, (await PostAsync("/admin/grants/revoke-all", null)).Status);
        Assert.Equal(401, (await PostAsync("/admin/grants/revoke-all", Key + "!")).Status);
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_browser);
        Assert.Equal(401, (await PostAsync("/admin/grants/revoke-all", tokens.AccessToken)).Status);
        Assert.Equal(200, await EchoAsync(client, tokens));
    }

    [StoreFact]
    public async Task The_commands_do_the_same_as_the_API()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_browser);
        Assert.Contains("Registrations removed: 0.", await RunAsync("clients", "reap"), StringComparison.Ordinal);
        Assert.Contains("Ended sign-ins: 1.", await RunAsync("grants", "revoke", "--all"), StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        await AssertRefusedAsync(client, tokens);
    }

    private static async Task AssertRefusedAsync(OAuthClient client, TokenAnswer tokens)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        while (await EchoAsync(client, tokens) != 401)
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<int> EchoAsync(OAuthClient client, TokenAnswer tokens)
    {
        using var answer = await client.CallAsync(
            client.Resource.Replace("/mcp", "/echo", StringComparison.Ordinal),
            tokens.AccessToken,
            HttpMethod.Post
        );
        return (int)answer.StatusCode;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        KeyValuePair<string, string?>[] settings =
        [
            .. _store.Settings,
            new("McpOidc:Issuer", System.Issuer),
            new("McpOidc:Resources:0:Uri", System.Resource),
            new("ASPNETCORE_ENVIRONMENT", "Development"),
            new("McpOidc:IdentityProvider:Issuer", System.Idp!.Issuer),
            new("McpOidc:IdentityProvider:ClientId", System.Idp.Options.ClientId),
        ];
        var (code, output, errors) = await AuthServerCommand.RunAsync(arguments, settings);
        Assert.True(code == 0, errors);
        return output;
    }

    private async Task<JsonObject> AskAsync(string path)
    {
        var (status, body) = await PostAsync(path, Key);
        Assert.Equal(200, status);
        return body!;
    }

    private async Task<(int Status, JsonObject? Body)> PostAsync(string path, string? key)
    {
        using var client = System.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, System.Issuer + path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonObject>());
    }
}

/// <summary>The same on Redis.</summary>
[RequiresRedis]
public sealed class RedisAdministrationTests(RedisServerFixture fixture) : AdministrationTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());
}
