using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.RateLimits;

/// <summary>When strangers have stored all they may: what is refused, and who can continue (S05).</summary>
public sealed class StrangerCeilingTests
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>Registrations that do not fit into an id, each for a different reason.</summary>
    private static readonly Action<JsonObject, int>[] s_tooLong =
    [
        (metadata, _) => metadata["contacts"] = new JsonArray([.. Enumerable.Range(0, 14).Select(_ => (JsonNode)new string('x', 500))]),
        (metadata, i) => metadata["redirect_uris"] = Uris(3, 1900, i),
        (metadata, i) => metadata["post_logout_redirect_uris"] = Uris(2, 1900, i),
        (metadata, _) => metadata["client_name"] = string.Concat(Enumerable.Repeat("名前", 250)),
        (metadata, _) => metadata["tos_uri"] = "https://app.example/" + new string('t', 1900),
    ];

    [Fact]
    public async Task Registrations_that_do_not_fit_into_an_id_stay_below_the_ceiling_and_others_take_nothing()
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(LiftOtherLimits, store);
        using var client = system.CreateClient();
        var kept = await FillAsync(client);
        Assert.InRange(kept, 100, 999);
        var bytes = BytesOfClients(store);
        Assert.InRange(bytes, Megabyte / 2, Megabyte);
        for (var i = 0; i < kept; i++)
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), await RegisterAsync(client, i));
            await client.RegisterAsync();
        }

        Assert.Equal(bytes, BytesOfClients(store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_with_a_document_refreshes_and_signs_in_when_its_document_is_due(bool hasGrown)
    {
        await using var system = await DocumentSystem.StartAsync(LiftOtherLimits);
        var url = system.Publish();
        using var client = system.CreateClient(url);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        using var stranger = system.System.CreateClient();
        await FillAsync(stranger);
        await stranger.RegisterAsync();
        for (var due = 0; due < 3; due++)
        {
            system.System.Clock.Advance(TimeSpan.FromMinutes(6));
            await FillTheRestAsync(stranger);
            if (hasGrown)
            {
                system.Publish(url, document => document["client_name"] = new string('n', 100 * (due + 1)));
            }

            tokens = await client.RefreshAsync(tokens.RefreshToken);
            Assert.True(tokens.Status == 200, $"{tokens.Status} {tokens.Body}");
        }

        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    [Fact]
    public async Task Clients_that_delete_themselves_leave_room_for_those_that_register()
    {
        await using var system = await TestSystem.StartAsync(LiftOtherLimits);
        using var client = system.CreateClient();
        var deleted = 0;
        while (deleted < 2000 && await RegisterAndDeleteAsync(client) == HttpStatusCode.NoContent)
        {
            deleted++;
        }

        Assert.InRange(deleted, 300, 600);
        // A store permanently full of records that never expire would be full for everyone.
        system.Clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await RegisterAndDeleteAsync(client));
        Assert.Equal((HttpStatusCode.Created, false), await RegisterAsync(client, 0));
        using var browser = new Browser();
        client.ClientId = "";
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    [Fact]
    public async Task Assertions_that_a_client_makes_for_nobody_are_counted_and_those_of_its_users_are_served()
    {
        await using var system = await TestSystem.StartAsync(LiftOtherLimits);
        using var key = new ClientKey();
        using var client = system.CreateClient();
        client.Key = key;
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        (metadata["token_endpoint_auth_method"], metadata["jwks"]) = ("private_key_jwt", key.Jwks);
        await client.RegisterAsync(metadata);
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser));
        await FillAsync(client);
        var served = 0;
        while (served < 3000 && (await client.PostAsync("/token/introspection", [("token", "any")])).Status == 200)
        {
            served++;
        }

        Assert.InRange(served, 100, 2999);
        for (var i = 0; i < 3; i++)
        {
            tokens = await client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }
    }

    [Fact]
    public async Task A_change_that_another_one_overtook_makes_no_room()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            LiftOtherLimits(options);
            options.Server = mcpOidc => StoreDecorator.Around(mcpOidc.Services, inner => new Overtaken(inner));
        });
        using var client = system.CreateClient();
        var registered = new List<JsonObject>();
        for (var i = 0; i < 60; i++)
        {
            var metadata = OAuthClient.Metadata("https://app.example/cb");
            s_tooLong[0](metadata, i);
            registered.Add(await client.RegisterAsync(metadata));
        }

        var ledger = system.Server.Services.GetRequiredService<IStrangerLedger>();
        Assert.True(ledger.IsNearCeiling);
        foreach (var one in registered)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, one["registration_client_uri"]!.ToString())
            {
                Content = JsonContent.Create(OAuthClient.Metadata("https://app.example/cb")),
            };
            request.Headers.Authorization = new("Bearer", one["registration_access_token"]!.ToString());
            using var answer = await client.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        }

        Assert.True(ledger.IsNearCeiling);
    }

    private static void LiftOtherLimits(TestSystemOptions options)
    {
        options.Set("McpOidc:RateLimits:StrangersMegabytes", "1");
        options.Set("McpOidc:RateLimits:StoredKilobytesPerAddressPerMinute", "0");
        options.Set("McpOidc:RateLimits:RegistrationsPerHour", "0");
        options.Set("McpOidc:RateLimits:RegistrationsPerAddressPerHour", "0");
    }

    /// <summary>Registers until refused.</summary>
    /// <returns>How many were accepted.</returns>
    private static async Task<int> FillAsync(OAuthClient client)
    {
        var kept = 0;
        while (kept < 1000 && (await RegisterAsync(client, kept)).Status == HttpStatusCode.Created)
        {
            kept++;
        }

        return kept;
    }

    /// <summary>Takes the room left below three quarters, for a few minutes.</summary>
    private static async Task FillTheRestAsync(OAuthClient client)
    {
        for (var i = 0; i < 3; i++)
        {
            (string, string?)[] pushed =
            [
                ("response_type", "code"),
                ("redirect_uri", client.RedirectUri),
                ("code_challenge", client.Challenge),
                ("code_challenge_method", "S256"),
                ("resource", client.Resource),
                ("nonce", Convert.ToHexString(RandomNumberGenerator.GetBytes(3_000))),
            ];
            Assert.Equal(201, (await client.PostAsync("/request", pushed)).Status);
        }
    }

    private static async Task<(HttpStatusCode Status, bool SaysWhen)> RegisterAsync(OAuthClient client, int number)
    {
        var metadata = OAuthClient.Metadata($"https://app{number}.example/cb");
        s_tooLong[number % s_tooLong.Length](metadata, number);
        using var answer = await client.Http.PostAsJsonAsync(client.Issuer + "/register", metadata);
        return (answer.StatusCode, answer.Headers.RetryAfter is not null);
    }

    private static async Task<HttpStatusCode> RegisterAndDeleteAsync(OAuthClient client)
    {
        var registered = await client.RegisterAsync();
        using var answer = await client.CallAsync(
            registered["registration_client_uri"]!.ToString(),
            registered["registration_access_token"]!.ToString(),
            HttpMethod.Delete
        );
        return answer.StatusCode;
    }

    private static JsonArray Uris(int count, int length, int number) =>
        [.. Enumerable.Range(0, count).Select(i => (JsonNode)$"https://{number}-{i}.example/{new string('u', length)}")];

    private static long BytesOfClients(TestStore store)
    {
        using var connection = new SqliteConnection($"Data Source={store.Settings[0].Value};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT SUM(LENGTH(key) + LENGTH(value)) FROM records WHERE key LIKE 'client:%'";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>A store in which another writer always changes a client first.</summary>
    private sealed class Overtaken(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        public override ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        ) =>
            key.StartsWith("client:", StringComparison.Ordinal)
                ? new((long?)null)
                : base.ReplaceAsync(key, expectedVersion, write, cancellationToken);
    }
}
