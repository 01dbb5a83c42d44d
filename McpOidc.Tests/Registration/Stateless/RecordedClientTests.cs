using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>
/// Clients in Python, Go and Rust, replaying recorded requests (<c>sdk-requests.jsonl</c>, November 2026): no matter what happens to the
/// store, they sign in with the id they have.
/// </summary>
public sealed class RecordedClientTests
{
    private const string Secret = "a-secret-of-at-least-thirty-two-characters";
    private const string Another = "another-secret-of-at-least-thirty-two-characters";

    private static readonly List<JsonObject> s_recorded =
    [
        .. File.ReadLines(Path.Combine(SourceTree.Root, "McpOidc.Tests/Registration/Stateless/sdk-requests.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject()),
    ];

    private static IEnumerable<JsonObject> Registrations => Recorded("/register").Select(request => request["body"]!.AsObject());

    [Fact]
    public async Task Every_recorded_client_signs_in_with_its_old_id_after_the_store_was_emptied()
    {
        using var empty = TestStore.Sqlite();
        await ComeBackAsync((system, _) => system.RestartAsync(empty), "invalid_grant");
    }

    [RedisFact]
    public async Task Every_recorded_client_signs_in_with_its_old_id_after_the_server_moved_from_SQLite_to_Redis()
    {
        await using var redis = await RedisServer.StartAsync();
        await ComeBackAsync((system, _) => system.RestartAsync(TestStore.Redis(redis)), "invalid_grant");
    }

    [Theory]
    [InlineData(91)]
    [InlineData(400)]
    public Task Every_recorded_client_signs_in_with_its_old_id_after_idle_days(int days) =>
        ComeBackAsync(
            (system, _) =>
            {
                system.Clock.Advance(TimeSpan.FromDays(days));
                return Task.CompletedTask;
            },
            "invalid_grant"
        );

    [Fact]
    public Task Every_recorded_client_goes_on_after_the_secret_was_changed_by_the_runbook() =>
        ComeBackAsync(
            (system, options) =>
            {
                options.Settings.RemoveAll(setting => setting.Key == "McpOidc:Secret");
                options.Set("McpOidc:Secret", Another);
                options.Set("McpOidc:PreviousSecrets:0", Secret);
                return system.RestartAsync();
            },
            refusal: null
        );

    private static async Task ComeBackAsync(Func<TestSystem, TestSystemOptions, Task> happen, string? refusal)
    {
        TestSystemOptions? settings = null;
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:Secret", Secret);
                options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
                options.Set("McpOidc:Resources:0:Scopes:1", "files:write");
                settings = options;
            },
            store
        );
        var clients = Registrations.Select((registration, number) => new RecordedClient(system, registration, number)).ToList();
        Assert.True(clients.Count >= 16, $"{clients.Count}");
        foreach (var client in clients)
        {
            await client.RegisterAsync();
            await client.SignInAsync();
        }

        await happen(system, settings!);
        foreach (var client in clients)
        {
            var refreshed = await client.RefreshAsync();
            Assert.True(refreshed.Error == refusal, $"{client}: {refreshed.Status} {refreshed.Body}");
            await client.SignInAsync();
            refreshed = await client.RefreshAsync();
            Assert.True(refreshed.Status == 200, $"{client}: {refreshed.Status} {refreshed.Body}");
            client.Dispose();
        }
    }

    private static IEnumerable<JsonObject> Recorded(string path) => s_recorded.Where(request => request["path"]!.ToString() == path);

    /// <summary>One registration, with the requests of its kind: to the same redirect URI, with the same authentication. Each call sends
    /// the next one.</summary>
    private sealed class RecordedClient(TestSystem system, JsonObject registration, int number) : IDisposable
    {
        private readonly OAuthClient _client = system.CreateClient();
        private readonly string _target = registration["redirect_uris"]![0]!.ToString();
        private string _method = "";
        private string _code = "";
        private string _refreshToken = "";
        private int _turn = number;

        public async Task RegisterAsync()
        {
            _client.RedirectUri = Fill(_target);
            _method = (await _client.RegisterAsync(JsonNode.Parse(Fill(registration.ToJsonString()))!.AsObject()))[
                "token_endpoint_auth_method"
            ]!.ToString();
            Assert.True(_client.ClientId.Length > 22, $"{this} is stored.");
        }

        public async Task SignInAsync()
        {
            using var browser = new Browser();
            var query = Next(
                Recorded("/authorize")
                    .Select(request => request["query"]!.AsObject())
                    .Where(asked => asked["redirect_uri"]!.ToString() == _target)
            );
            var url = QueryHelpers.AddQueryString($"{_client.Issuer}/authorize", Parameters(query));
            var result = await browser.OpenAsync(url, _client.IsRedirectUri);
            _code = result.Query("code") ?? throw new InvalidOperationException($"{this}: {result.Status} {result.Uri} {result.Html}");
            var tokens = await SendAsync("authorization_code");
            Assert.True(tokens.Status == 200, $"{this}: {tokens.Status} {tokens.Body}");
            _refreshToken = tokens.RefreshToken;
        }

        public async Task<TokenAnswer> RefreshAsync()
        {
            var answer = await SendAsync("refresh_token");
            _refreshToken = answer["refresh_token"] ?? _refreshToken;
            return answer;
        }

        public void Dispose() => _client.Dispose();

        public override string ToString() => $"{registration["client_name"]} ({_method}, {_target})";

        private async Task<TokenAnswer> SendAsync(string grantType)
        {
            var form = Next(
                Recorded("/token")
                    .Where(request => MethodOf(request) == _method)
                    .Select(request => request["body"]!.AsObject())
                    .Where(body => body["grant_type"]!.ToString() == grantType)
                    .Where(body => body["redirect_uri"] is not { } target || target.ToString() == _target)
            );
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{_client.Issuer}/token")
            {
                Content = new FormUrlEncodedContent(Parameters(form).Select(one => KeyValuePair.Create(one.Key, one.Value!))),
            };
            request.Headers.Authorization =
                _method == "client_secret_basic" ? OAuthClient.Basic(_client.ClientId, _client.ClientSecret!) : null;
            using var response = await _client.Http.SendAsync(request);
            var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
            return new TokenAnswer((int)response.StatusCode, body, response.Headers);
        }

        private static string MethodOf(JsonObject request) =>
            request["basic"]!.GetValue<bool>() ? "client_secret_basic"
            : request["body"]!["client_secret"] is not null ? "client_secret_post"
            : "none";

        private JsonObject Next(IEnumerable<JsonObject> requests)
        {
            var all = requests.ToList();
            Assert.True(all.Count > 0, $"There is no recorded request of {this}.");
            return all[_turn++ % all.Count];
        }

        private IEnumerable<KeyValuePair<string, string?>> Parameters(JsonObject recorded) =>
            recorded.Select(member => KeyValuePair.Create(member.Key, (string?)Fill(member.Value!.ToString())));

        private string Fill(string recorded) =>
            new StringBuilder(recorded)
                .Replace("http://{server}/mcp", _client.Resource)
                .Replace("{port}", "7777")
                .Replace("{state}", "state-1")
                .Replace("{code_challenge}", _client.Challenge)
                .Replace("{code_verifier}", _client.Verifier)
                .Replace("{client_id}", _client.ClientId)
                .Replace("{client_secret}", _client.ClientSecret)
                .Replace("{code}", _code)
                .Replace("{refresh_token}", _refreshToken)
                .ToString();
    }
}
