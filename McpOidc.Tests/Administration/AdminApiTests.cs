using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AngleSharp.Html.Parser;
using McpOidc.Audit;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Administration;

/// <summary>The operators' API and the equivalent commands, on a SQLite file; <see cref="RedisAdminApiTests"/> on Redis.</summary>
public class AdminApiTests : IAsyncLifetime
{
    private const string Key = "the operators' key, long enough to be one";
    private readonly Browser _alice = new()
    {
        UserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    };
    private readonly Browser _bob = new() { UserName = "bob" };
    private TestStore _store = null!;

    protected TestSystem System { get; private set; } = null!;

    protected virtual Task<TestStore> CreateStoreAsync() => Task.FromResult(TestStore.Sqlite());

    public virtual async Task InitializeAsync()
    {
        _store = await CreateStoreAsync();
        System = await TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:Admin:Key", Key);
                options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
                options.Set("McpOidc:TrustedProxies:1", "::1/128");
            },
            _store
        );
    }

    public virtual async Task DisposeAsync()
    {
        _alice.Dispose();
        _bob.Dispose();
        await System.DisposeAsync();
        _store.Dispose();
    }

    [StoreFact]
    public async Task The_API_description_lists_every_route_and_no_other()
    {
        var described = (await AskAsync(HttpMethod.Get, "/admin/openapi.json"))["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} /admin{path.Key}"));
        var mapped = System
            .Server.Services.GetRequiredService<IEnumerable<EndpointDataSource>>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(route =>
                route.RoutePattern.RawText is { } text
                && text.StartsWith("/admin/", StringComparison.Ordinal)
                && !text.StartsWith("/admin/page", StringComparison.Ordinal)
            )
            .SelectMany(route =>
                route
                    .Metadata.GetMetadata<HttpMethodMetadata>()!
                    .HttpMethods.Except(["HEAD"])
                    .Select(method => $"{method} {route.RoutePattern.RawText}")
            );
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [StoreFact]
    public async Task Every_response_has_the_members_that_the_API_description_requires_and_no_others()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_alice);
        var description = await AskAsync(HttpMethod.Get, "/admin/openapi.json");
        var grant = JwtReader.Payload(tokens.AccessToken)["sid"]!.ToString();
        (HttpMethod Method, string Path, string Schema)[] asked =
        [
            (HttpMethod.Get, "/admin/clients", "ClientPage"),
            (HttpMethod.Get, "/admin/client?client_id=" + client.ClientId, "Client"),
            (HttpMethod.Get, "/admin/grants", "GrantInfoPage"),
            (HttpMethod.Get, "/admin/keys", "Keys"),
            (HttpMethod.Get, "/admin/audit", "AuditEvents"),
            (HttpMethod.Get, "/admin/timeline/" + await ReferenceAsync(), "Timeline"),
            (HttpMethod.Delete, "/admin/grants/" + grant, "Revoked"),
            (HttpMethod.Post, "/admin/clients/reap", "Reaped"),
            (HttpMethod.Post, "/admin/keys/rotate", "Keys"),
        ];
        foreach (var (method, path, schema) in asked)
        {
            DescribedSchema.AssertIs(await AskAsync(method, path), description["components"]!["schemas"]!.AsObject(), schema, path);
        }
    }

    [StoreFact]
    public async Task Sign_ins_are_listed_with_all_known_details_and_can_be_found_by_person_and_client()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_alice);
        using var other = System.CreateClient();
        await other.SignInAsync(_bob);

        var session = Assert.Single((await AskAsync(HttpMethod.Get, "/admin/grants?search=ALICE@example"))["grants"]!.AsArray())!;
        Assert.Equal("alice@example.com", session["person"]!.ToString());
        Assert.Equal("Chrome on Windows", session["device"]!.ToString());
        Assert.Equal("Test client", session["client_name"]!.ToString());
        Assert.Equal(System.Resource, session["resource"]!.ToString());
        Assert.Equal(0, session["refreshes"]!.GetValue<int>());
        Assert.True(IPAddress.TryParse(session["address"]!.ToString(), out _));
        await client.RefreshAsync(tokens.RefreshToken);
        session = Assert.Single(
            (await AskAsync(HttpMethod.Get, $"/admin/grants?user={session["subject"]}&client_id={client.ClientId}"))["grants"]!.AsArray()
        )!;
        Assert.Equal(1, session["refreshes"]!.GetValue<int>());
        Assert.Empty(
            (await AskAsync(HttpMethod.Get, $"/admin/grants?user={session["subject"]}&client_id={other.ClientId}"))["grants"]!.AsArray()
        );
    }

    [StoreFact]
    public async Task Lists_are_paginated()
    {
        var expected = new List<string>();
        for (var number = 0; number < 9; number++)
        {
            using var client = System.CreateClient();
            var metadata = OAuthClient.Metadata(client.RedirectUri);
            metadata["client_name"] = $"Tool {number}";
            await client.RegisterAsync(metadata);
            await client.RedeemAsync(await client.GetCodeAsync(_alice));
            expected.Add($"Tool {number}");
        }

        Assert.Equal(
            expected,
            (await AllAsync("/admin/clients?limit=2", "clients"))
                .Select(client => client!["name"]!.ToString())
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            expected,
            (await AllAsync("/admin/grants?limit=2", "grants"))
                .Select(session => session!["client_name"]!.ToString())
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["Tool 7"],
            (await AllAsync("/admin/clients?limit=2&search=tool+7", "clients")).Select(client => client!["name"]!.ToString()).Distinct()
        );
        Assert.Equal(400, (await SendAsync(HttpMethod.Get, "/admin/clients?after=nonsense", Key)).Status);
    }

    [StoreFact]
    public async Task One_sign_in_all_of_a_person_or_all_of_a_client_can_be_ended()
    {
        using var client = System.CreateClient();
        var one = await client.SignInAsync(_alice);
        var two = await client.RedeemAsync(await client.GetCodeAsync(_alice));
        var three = await client.RedeemAsync(await client.GetCodeAsync(_bob));
        var id = JwtReader.Payload(one.AccessToken)["sid"]!.ToString();

        Assert.Equal(1, (await AskAsync(HttpMethod.Delete, "/admin/grants/" + id))["revoked"]!.GetValue<long>());
        Assert.Equal(0, (await AskAsync(HttpMethod.Delete, "/admin/grants/" + id))["revoked"]!.GetValue<long>());
        Assert.Equal(404, (await SendAsync(HttpMethod.Delete, "/admin/grants/none", Key)).Status);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(one.RefreshToken)).Error);
        Assert.Equal(
            1,
            (await AskAsync(HttpMethod.Post, "/admin/grants/revoke?user=" + JwtReader.Payload(two.AccessToken)["sub"]))[
                "revoked"
            ]!.GetValue<long>()
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync(two.RefreshToken)).Error);
        Assert.Equal(
            1,
            (await AskAsync(HttpMethod.Post, "/admin/grants/revoke?client_id=" + client.ClientId))["revoked"]!.GetValue<long>()
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync(three.RefreshToken)).Error);
        Assert.Equal(400, (await SendAsync(HttpMethod.Post, "/admin/grants/revoke", Key)).Status);
    }

    [StoreFact]
    public async Task A_client_can_be_viewed_and_is_deleted_together_with_its_grants()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_alice);

        Assert.Equal("registered", (await AskAsync(HttpMethod.Get, "/admin/client?client_id=" + client.ClientId))["kind"]!.ToString());
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, "/admin/client?client_id=" + client.ClientId, Key)).Status);
        Assert.NotNull((await AskAsync(HttpMethod.Get, "/admin/client?client_id=" + client.ClientId))["blocked_at"]);
        Assert.Equal(404, (await SendAsync(HttpMethod.Delete, "/admin/client?client_id=" + client.ClientId, Key)).Status);
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [StoreFact]
    public async Task A_key_can_be_dropped()
    {
        var keys = (await AskAsync(HttpMethod.Post, "/admin/keys/rotate"))["keys"]!.AsArray();
        var signing = keys.First(key => key!["active"]!.GetValue<bool>())!["kid"]!.ToString();

        var left = (await AskAsync(HttpMethod.Delete, "/admin/keys/" + signing))["keys"]!.AsArray();

        Assert.DoesNotContain(left, key => key!["kid"]!.ToString() == signing);
        Assert.Equal(404, (await SendAsync(HttpMethod.Delete, "/admin/keys/none", Key)).Status);
    }

    [StoreFact]
    public async Task An_event_in_one_process_is_visible_in_all_processes()
    {
        using var client = System.CreateClient();
        await client.SignInAsync(_alice);
        await System.Server.Services.GetRequiredService<AuditTrail>().WriteAsync();
        var second = await System.StartSecondServerAsync();

        var events = await second.Services.GetRequiredService<AuditTrail>().ListAsync();

        Assert.Equal(["token.issued", "consent.granted", "sign_in.finished", "client.registered"], events.Select(one => one.Event));
        Assert.Single(await second.Services.GetRequiredService<AuditTrail>().ListAsync("CONSENT"));
        Assert.Equal("token.issued", (await AskAsync(HttpMethod.Get, "/admin/audit?limit=1"))["events"]![0]!["event"]!.ToString());
    }

    [StoreFact]
    public async Task Events_that_anyone_can_trigger_do_not_evict_token_thefts_or_operator_actions()
    {
        var ring = System.Server.Services.GetRequiredService<AuditRing>();
        ring.Add("refresh_token.replayed", "Warning", new Dictionary<string, string>());
        ring.Add("operator.acted", "Information", new Dictionary<string, string>());
        foreach (
            var (name, level) in new[]
            {
                ("client.authentication_failed", "Warning"),
                ("limit.reached", "Warning"),
                ("client.registered", "Information"),
                ("client.changed", "Information"),
                ("client.deleted", "Information"),
                ("sign_in.refused", "Warning"),
                ("sign_in.failed", "Information"),
            }
        )
        {
            for (var time = 0; time < AuditRing.Capacity; time++)
            {
                ring.Add(name, level, new Dictionary<string, string>());
            }
        }

        foreach (var kept in new[] { "refresh_token.replayed", "operator.acted", "sign_in.failed" })
        {
            Assert.NotEmpty((await AskAsync(HttpMethod.Get, "/admin/audit?search=" + kept))["events"]!.AsArray());
        }
    }

    [StoreFact]
    public async Task Every_route_requires_the_key()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_alice);
        var paths = (await AskAsync(HttpMethod.Get, "/admin/openapi.json"))["paths"]!.AsObject();
        foreach (var (path, operations) in paths)
        {
            foreach (var (method, _) in operations!.AsObject())
            {
                var url =
                    "/admin"
                    + path.Replace("{id}", "x", StringComparison.Ordinal)
                        .Replace("{kid}", "x", StringComparison.Ordinal)
                        .Replace("{reference}", "x", StringComparison.Ordinal);
                Assert.Equal((url, 401), (url, (await SendAsync(new HttpMethod(method.ToUpperInvariant()), url, null)).Status));
                Assert.Equal(
                    (url, 401),
                    (url, (await SendAsync(new HttpMethod(method.ToUpperInvariant()), url, tokens.AccessToken)).Status)
                );
            }
        }

        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [StoreFact]
    public async Task A_caller_that_guesses_the_key_is_throttled_and_a_caller_that_has_it_is_not()
    {
        RateLimits.RateLimitTests.BeginWindow(System, TimeSpan.FromMinutes(1));
        var status = 401;
        for (var guess = 0; guess < 1000 && status == 401; guess++)
        {
            status = (await SendAsync(HttpMethod.Get, "/admin/keys", "a guess", "203.0.113.7")).Status;
        }

        Assert.Equal(429, status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Get, "/admin/keys", Key, "203.0.113.7")).Status);
        Assert.Equal(401, (await SendAsync(HttpMethod.Get, "/admin/keys", "a guess", "203.0.113.8")).Status);
    }

    [StoreFact]
    public async Task The_commands_do_the_same_as_the_API()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_alice);
        var (id, subject) = (
            JwtReader.Payload(tokens.AccessToken)["sid"]!.ToString(),
            JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString()
        );
        var reference = await ReferenceAsync();
        await System.Server.Services.GetRequiredService<AuditTrail>().WriteAsync();

        var shown = ClientIdDigest.Of(client.ClientId);
        Assert.Contains(shown, await RunAsync(0, "clients", "list"), StringComparison.Ordinal);
        Assert.Contains(client.RedirectUri, await RunAsync(0, "clients", "show", client.ClientId), StringComparison.Ordinal);
        Assert.Contains(id, await RunAsync(0, "grants", "list", "--search", "alice@"), StringComparison.Ordinal);
        Assert.Contains("token.issued", await RunAsync(0, "audit", "--search", client.ClientId), StringComparison.Ordinal);
        Assert.Contains("consent_gone", await RunAsync(0, "timeline", reference), StringComparison.Ordinal);
        Assert.Contains("There is no timeline for this reference", await RunAsync(1, "timeline", "none"), StringComparison.Ordinal);
        Assert.Contains("Specify an id", await RunAsync(1, "sessions", "revoke"), StringComparison.Ordinal);
        Assert.Contains("Specify an id", await RunAsync(1, "grants", "revoke", id, "--all"), StringComparison.Ordinal);
        Assert.Contains("Ended sign-ins: 1.", await RunAsync(0, "grants", "revoke", id), StringComparison.Ordinal);
        Assert.Contains(
            "Ended sign-ins: 0.",
            await RunAsync(0, "grants", "revoke", "--user", subject, "--client", client.ClientId),
            StringComparison.Ordinal
        );
        Assert.Contains("The client was deleted.", await RunAsync(0, "clients", "delete", client.ClientId), StringComparison.Ordinal);
        Assert.Contains("blocked", await RunAsync(0, "clients", "show", client.ClientId), StringComparison.Ordinal);
        Assert.Contains($"Registration__Blocked__0={shown}", await RunAsync(0, "clients", "blocked"), StringComparison.Ordinal);
        Assert.Contains("no such client", await RunAsync(1, "clients", "show", "nobody"), StringComparison.Ordinal);
        Assert.Contains("no such client", await RunAsync(1, "clients", "block", client.ClientId), StringComparison.Ordinal);
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        // The servers see what a command did.
        Assert.Contains(
            (await AskAsync(HttpMethod.Get, "/admin/audit?search=grant.revoked"))["events"]!.AsArray(),
            one => one!["fields"]!["By"]!.ToString() == "operator"
        );
    }

    private async Task<string> ReferenceAsync()
    {
        var error = await _bob.OpenAsync(System.Issuer + "/oauth/consent?interaction=none", _ => false);
        return new HtmlParser().ParseDocument(error.Html!).QuerySelector(".reference code")!.TextContent;
    }

    private async Task<List<JsonNode?>> AllAsync(string path, string member)
    {
        var all = new List<JsonNode?>();
        string? next = null;
        do
        {
            var page = await AskAsync(HttpMethod.Get, next is null ? path : $"{path}&after={Uri.EscapeDataString(next)}");
            all.AddRange(page[member]!.AsArray());
            next = page["next"]?.ToString();
        } while (next is not null);

        return all;
    }

    private async Task<string> RunAsync(int expected, params string[] arguments)
    {
        KeyValuePair<string, string?>[] settings =
        [
            .. _store.Settings,
            new("McpOidc:Issuer", System.Issuer),
            new("McpOidc:Resources:0:Uri", System.Resource),
            new("ASPNETCORE_ENVIRONMENT", "Development"),
            new("McpOidc:IdentityProvider:Issuer", System.Idp!.Issuer),
            new("McpOidc:IdentityProvider:ClientId", System.Idp.Options.ClientId),
            new("McpOidc:Admin:Key", Key),
        ];
        var (code, output, errors) = await AuthServerCommand.RunAsync(arguments, settings);
        Assert.True(code == expected, output + errors);
        return output + errors;
    }

    private async Task<JsonObject> AskAsync(HttpMethod method, string path)
    {
        var (status, body) = await SendAsync(method, path, Key);
        Assert.True(status == 200, $"{path}: {status} {body}");
        return body!;
    }

    private async Task<(int Status, JsonObject? Body)> SendAsync(HttpMethod method, string path, string? key, string? from = null)
    {
        using var client = System.CreateClient();
        using var request = new HttpRequestMessage(method, System.Issuer + path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", from);
        using var response = await client.Http.SendAsync(request);
        return (
            (int)response.StatusCode,
            response.Content.Headers.ContentLength is 0 || response.StatusCode == HttpStatusCode.NoContent
                ? null
                : await response.Content.ReadFromJsonAsync<JsonObject>()
        );
    }
}
