using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.IdentityAssertion;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Authorization;

/// <summary>The table of docs/scopes.md, cell by cell: what happens to a requested scope.</summary>
public sealed class ScopeTableTests(ScopeTableTests.Fixture fixture) : IClassFixture<ScopeTableTests.Fixture>
{
    private const string Elsewhere = "https://other.example/mcp";
    private const string Gone = "files:gone";

    /// <summary>What each column requests in addition to the available scopes, or in place of them.</summary>
    private static readonly Dictionary<string, (string? Scope, bool IsBeside)> s_columns = new()
    {
        ["unknown"] = ("nonsense FILES:READ files:* files", true),
        ["another resource's"] = ("other:read", true),
        ["known, not granted"] = ("files:write", true),
        ["taken back"] = (Gone, true),
        ["about a person"] = ("email", true),
        ["nothing left"] = ($"nonsense other:read {Gone}", false),
        ["none asked for"] = (null, false),
        ["only about a person"] = ("email profile", false),
    };

    public static TheoryData<string, string, string> Cells
    {
        get
        {
            var rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "scopes.md"))
                .SkipWhile(line => line != "## What becomes of a scope")
                .SkipWhile(line => !line.StartsWith('|'))
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
                .ToArray();
            var cells = new TheoryData<string, string, string>();
            foreach (var row in rows.Skip(2))
            {
                foreach (var (column, cell) in rows[0].Zip(row).Skip(1))
                {
                    cells.Add(row[0].Trim('`'), column, cell.Trim('`'));
                }
            }

            return cells;
        }
    }

    [Fact]
    public void The_table_covers_every_endpoint_that_grants_scopes_and_every_kind_of_scope()
    {
        var cells = Cells.Select(cell => (Row: (string)cell[0], Column: (string)cell[1])).ToList();
        Assert.Equal(Fixture.Endpoints.Order(), cells.Select(cell => cell.Row).Distinct().Order());
        Assert.Equal(s_columns.Keys.Order(), cells.Select(cell => cell.Column).Distinct().Order());
        Assert.Equal(Fixture.Endpoints.Count() * s_columns.Count, cells.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_scope_is_treated_as_the_table_specifies(string endpoint, string column, string cell)
    {
        var asking = fixture.At(endpoint);
        var (scope, isBeside) = s_columns[column];
        var answer = await asking.AskAsync(isBeside ? $"{asking.Good} {scope}" : scope);
        if (cell == "invalid_scope")
        {
            Assert.Equal(cell, answer.Error);
            return;
        }

        Assert.Null(answer.Error);
        Assert.Equal(
            Sorted(
                cell switch
                {
                    "left out" => asking.Good,
                    "granted" => $"{asking.Good} {scope}",
                    "as asked" => scope!,
                    "not read" => asking.None,
                    _ when cell == asking.NoneIsCalled => asking.None,
                    _ => throw new InvalidOperationException($"The table says '{cell}', which this test does not know."),
                }
            ),
            Sorted(answer.Scope ?? "")
        );
        // The response matches the token, if the token is one of ours.
        if (answer.AccessToken is { } token && endpoint != "token exchange")
        {
            Assert.Equal(answer.Scope, Jwt.Read(token)["scope"]);
        }
    }

    private static string[] Sorted(string scope) => [.. scope.Split(' ').Order(StringComparer.Ordinal)];

    /// <summary>How to request scopes at one endpoint.</summary>
    /// <param name="Good">The scopes available there.</param>
    /// <param name="None">The scopes granted to a request that names none.</param>
    /// <param name="NoneIsCalled">What the table calls that.</param>
    /// <param name="AskAsync">Requests scopes.</param>
    public sealed record Asking(string Good, string None, string NoneIsCalled, Func<string?, Task<Answered>> AskAsync);

    public sealed record Answered(string? Error, string? Scope, string? AccessToken)
    {
        public static Answered Of(TokenAnswer answer) => new(answer.Error, answer["scope"], answer["access_token"]);
    }

    /// <summary>A system with two resources, one of which lost a scope after users and machines had been granted it.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        private const string Good = "openid files:read";
        private const string GoodForMachines = "files:read";
        private const string Base = "openid email profile";
        private static readonly string s_provided = new IdentityProviderSettings("", "", null).Scopes;

        private static readonly Dictionary<string, Func<Fixture, Asking>> s_endpoints = new()
        {
            ["/authorize"] = own => new(Good, Base, "the base", own.AuthorizeAsync),
            ["pushed request"] = own => new(Good, Base, "the base", own.PushAsync),
            ["device authorization"] = own => new(Good, Base, "the base", own.AskAsDeviceAsync),
            ["redemption"] = own => new(Good, Good, "the grant's", own.RedeemAsync),
            ["refresh"] = own => new(Good, Good, "the grant's", own.RefreshAsync),
            ["client credentials"] = own => new(GoodForMachines, "files:list", "the default", own.AskAsMachineAsync),
            ["identity assertion"] = own =>
                new(GoodForMachines, "openid email profile files:read", "the assertion's", own.AskByAssertionAsync),
            ["token exchange"] = own => new(GoodForMachines, s_provided, "the provider's", own.ExchangeAsync),
        };

        private readonly AssertingProvider _provider = new();
        private readonly Browser _browser = new();
        private readonly Queue<string> _codes = new();
        private TestSystem _system = null!;
        private OAuthClient _client = null!;
        private TokenAnswer _tokens = null!;

        public static IEnumerable<string> Endpoints => s_endpoints.Keys;

        public Asking At(string endpoint) => s_endpoints[endpoint](this);

        public async Task InitializeAsync()
        {
            await _provider.StartAsync();
            TestSystemOptions options = null!;
            _system = await TestSystem.StartAsync(system => Configure(options = system));
            _client = _system.CreateClient();
            await _client.RegisterAsync();
            _tokens = await SignInAsync($"{Good} {Gone}");
            Assert.Equal(Sorted($"{Good} {Gone}"), Sorted(_tokens["scope"]!));
            for (var i = 0; i < s_columns.Count; i++)
            {
                _codes.Enqueue(await _client.GetCodeAsync(_browser, ("scope", $"{Good} {Gone}")));
            }

            options.Settings.RemoveAll(setting => setting.Value == Gone);
            await _system.RestartAsync();
        }

        public async Task DisposeAsync()
        {
            _client.Dispose();
            _browser.Dispose();
            await _system.DisposeAsync();
            await _provider.DisposeAsync();
        }

        private void Configure(TestSystemOptions options)
        {
            options.Standalone = true;
            var resource = $"http://localhost:{options.McpPort}/mcp";
            string[] scopes = ["files:read", "files:write", "files:list", Gone];
            for (var i = 0; i < scopes.Length; i++)
            {
                options.Set($"McpOidc:Resources:0:Scopes:{i}", scopes[i]);
            }

            options.Set("McpOidc:Resources:1:Uri", Elsewhere);
            options.Set("McpOidc:Resources:1:Scopes:0", "other:read");
            options.Set("McpOidc:IdentityAssertion:Issuers:0", _provider.Issuer);
            (string, string)[] reach =
            [
                ("Resources:0", resource),
                ("Scopes:0", "files:read"),
                ("Scopes:1", "files:list"),
                ("Scopes:2", "other:read"),
                ("Scopes:3", Gone),
            ];
            options.AddClient(0, "job", null, [("GrantTypes:0", "client_credentials"), ("DefaultScopes:0", "files:list"), .. reach]);
            options.AddClient(1, "agent", null, [("GrantTypes:0", JwtBearer), .. reach]);
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:Clients:3:Id", "tv");
            options.Set("McpOidc:Clients:3:GrantTypes:0", Device.GrantType);
            options.AddClient(2, "server", null, ("GrantTypes:0", TokenExchange), ("ResourceServer", resource));
        }

        private async Task<TokenAnswer> SignInAsync(string scope) =>
            await _client.RedeemAsync(await _client.GetCodeAsync(_browser, ("scope", scope)));

        private async Task<Answered> AuthorizeAsync(string? scope) =>
            await AnswerAsync(await _client.AuthorizeAsync(_browser, ("scope", scope)));

        private async Task<Answered> PushAsync(string? scope)
        {
            var pushed = await _client.PostAsync(
                "/request",
                [
                    ("response_type", "code"),
                    ("redirect_uri", _client.RedirectUri),
                    ("code_challenge", _client.Challenge),
                    ("code_challenge_method", "S256"),
                    ("resource", _client.Resource),
                    ("scope", scope),
                ]
            );
            return pushed.Error is not null
                ? Answered.Of(pushed)
                : await AnswerAsync(
                    await _browser.OpenAsync(
                        QueryHelpers.AddQueryString(
                            $"{_client.Issuer}/authorize",
                            new Dictionary<string, string?> { ["client_id"] = _client.ClientId, ["request_uri"] = pushed["request_uri"] }
                        ),
                        _client.IsRedirectUri
                    )
                );
        }

        private async Task<Answered> AskAsDeviceAsync(string? scope)
        {
            var client = _system.CreateClient();
            client.ClientId = "tv";
            using var device = await Device.BeginAsync(client, ("scope", scope));
            if (device.Begun.Error is null)
            {
                await DevicePage.AllowAsync(_system, _browser, device.UserCode);
            }

            return Answered.Of(device.Begun.Error is null ? await device.PollAsync() : device.Begun);
        }

        private async Task<Answered> AnswerAsync(BrowserResult authorized) =>
            authorized.Query("code") is { } code
                ? Answered.Of(await _client.RedeemAsync(code))
                : new Answered(authorized.Query("error") ?? $"{authorized.Status} {authorized.Html}", Scope: null, AccessToken: null);

        private async Task<Answered> RedeemAsync(string? scope) =>
            Answered.Of(await _client.RedeemAsync(_codes.Dequeue(), ("scope", scope)));

        private async Task<Answered> RefreshAsync(string? scope)
        {
            var answer = await _client.RefreshAsync(_tokens.RefreshToken, ("scope", scope));
            _tokens = answer.Error is null ? answer : _tokens;
            return Answered.Of(answer);
        }

        private Task<Answered> AskAsMachineAsync(string? scope) => AskAsync("job", ("grant_type", "client_credentials"), ("scope", scope));

        private Task<Answered> AskByAssertionAsync(string? scope)
        {
            var payload = _provider.Payload(_client.Issuer, _client.Resource, "agent");
            payload["scope"] = $"openid email profile offline_access files:read other:read nonsense {Gone}";
            return AskAsync(
                "agent",
                ("grant_type", JwtBearer),
                ("assertion", _provider.Key.Sign(payload, AssertingProvider.Type)),
                ("scope", scope)
            );
        }

        private async Task<Answered> ExchangeAsync(string? scope)
        {
            var person = await RefreshAsync(scope: null);
            return await AskAsync(
                "server",
                ("grant_type", TokenExchange),
                ("subject_token", person.AccessToken),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("scope", scope)
            );
        }

        private async Task<Answered> AskAsync(string clientId, params (string, string?)[] parameters)
        {
            using var client = _system.CreateClient(clientId);
            return Answered.Of(await client.TokenAsync(parameters));
        }
    }
}
