using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>Clients of the npm package keep their ids: <c>clients import</c> reads them from its Redis.</summary>
public sealed class ClientImportTests
{
    private const string Public = "7dVq2xPcX0bq3l1iPpVZ6v4tJfN2Yw8sK5mR1uQzE9o";
    private const string Confidential = "Zk0pQ8rN3sXy1vT6uLw9aB2cD4eF5gH7iJ0kM3nO6pQ";
    private const string Secret = "a-secret-of-the-npm-package-that-it-kept-readable";

    [RedisFact]
    public async Task A_client_of_the_npm_package_signs_in_with_its_old_id_and_the_import_can_be_repeated()
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(store: store);
        await using var redis = await KeyvAsync(system);

        var (code, output, errors) = await RunAsync(system, store, $"redis://{redis.ConnectionString}");
        Assert.True(code == 1, errors);
        Assert.Contains("Imported clients: 2. Already existing: 0. Skipped: 2.", output, StringComparison.Ordinal);
        Assert.Contains("client_secret_jwt", output, StringComparison.Ordinal);
        Assert.Contains("skipped: remote-http-client", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, output + errors, StringComparison.Ordinal);

        await SignInAsync(system, Public, null);
        await SignInAsync(system, Confidential, Secret);
        using var wrong = system.CreateClient();
        (wrong.ClientId, wrong.ClientSecret) = (Confidential, "another");
        Assert.Equal("invalid_client", (await wrong.RefreshAsync("x")).Error);

        (_, output, _) = await RunAsync(system, store, $"redis://{redis.ConnectionString}/0");
        Assert.Contains("Imported clients: 0. Already existing: 2. Skipped: 2.", output, StringComparison.Ordinal);
        await SignInAsync(system, Public, null);

        // Like any other client, ninety days after its last use.
        system.Clock.Advance(TimeSpan.FromDays(89));
        using var client = system.CreateClient();
        client.ClientId = Public;
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    [Theory]
    [InlineData("redis.example:6379")]
    [InlineData("http://redis.example")]
    public async Task An_import_source_that_is_not_Redis_is_refused(string from)
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(store: store);
        var (code, _, errors) = await RunAsync(system, store, from);
        Assert.Equal(1, code);
        Assert.Contains("--from", errors, StringComparison.Ordinal);
    }

    private static async Task SignInAsync(TestSystem system, string id, string? secret)
    {
        using var client = system.CreateClient();
        (client.ClientId, client.ClientSecret) = (id, secret);
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    /// <summary>A Redis as the npm package leaves it (behavior observed at its commit 50610d8): each record is Keyv's envelope around what
    /// oidc-provider stored.</summary>
    private static async Task<RedisServer> KeyvAsync(TestSystem system)
    {
        var server = await RedisServer.StartAsync();
        await using var connection = await server.ConnectAsync();
        var database = connection.GetDatabase();
        using var client = system.CreateClient();
        await AddAsync(Public, record => record["token_endpoint_auth_method"] = "none");
        await AddAsync(
            Confidential,
            record => (record["token_endpoint_auth_method"], record["client_secret"]) = ("client_secret_post", Secret)
        );
        await AddAsync(
            "jwt-secret-client",
            record => (record["token_endpoint_auth_method"], record["client_secret"]) = ("client_secret_jwt", Secret)
        );
        await AddAsync("remote-http-client", record => record["redirect_uris"] = new JsonArray("http://remote.example/callback"));
        // Unrelated entries in the same Redis.
        await database.StringSetAsync("oidc:Client:Client:broken", "no json");
        await database.StringSetAsync("oidc:Grant:Grant:abc", """{"value":{"clientId":"x"},"expires":null}""");
        await database.SetAddAsync("namespace:oidc:Client", "oidc:Client:Client:broken");
        return server;

        async Task AddAsync(string id, Action<JsonObject> change)
        {
            var record = new JsonObject
            {
                ["application_type"] = "web",
                ["grant_types"] = new JsonArray("authorization_code", "refresh_token"),
                ["id_token_signed_response_alg"] = "RS256",
                ["require_auth_time"] = false,
                ["response_types"] = new JsonArray("code"),
                ["subject_type"] = "public",
                ["token_endpoint_auth_method"] = "none",
                ["require_pushed_authorization_requests"] = false,
                ["dpop_bound_access_tokens"] = false,
                ["client_id_issued_at"] = 1_790_000_000,
                ["client_id"] = id,
                ["client_name"] = "Client of before",
                ["redirect_uris"] = new JsonArray(client.RedirectUri),
                ["post_logout_redirect_uris"] = new JsonArray(),
            };
            change(record);
            await database.StringSetAsync(
                $"oidc:Client:Client:{id}",
                new JsonObject { ["value"] = record, ["expires"] = null }.ToJsonString()
            );
        }
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(TestSystem system, TestStore store, string from) =>
        AuthServerCommand.RunAsync([
            .. store.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            $"--McpOidc:Issuer={system.Issuer}",
            $"--McpOidc:Resources:0:Uri={system.Resource}",
            $"--McpOidc:IdentityProvider:Issuer={system.Idp!.Issuer}",
            $"--McpOidc:IdentityProvider:ClientId={system.Idp.Options.ClientId}",
            "--environment",
            "Development",
            "clients",
            "import",
            "--from",
            from,
        ]);
}
