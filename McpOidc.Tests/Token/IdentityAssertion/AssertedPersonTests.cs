using System.Text.Json.Nodes;
using McpOidc.DevIdp;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.IdentityAssertion;

/// <summary>The person in an assertion is the same person who signs in here (C40).</summary>
public sealed class AssertedPersonTests
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    [Fact]
    public async Task A_subject_identifies_the_person_who_signs_in_at_the_configured_provider()
    {
        await using var world = await World.StartAsync(("Provider", "default"));
        var (subject, atProvider) = await world.SignInAsync();
        Assert.Equal(subject, Jwt.Read((await world.AskAsync(payload => payload["sub"] = atProvider)).AccessToken)["sub"]);
        Assert.NotEqual(subject, Jwt.Read((await world.AskAsync(payload => payload["sub"] = "somebody")).AccessToken)["sub"]);
    }

    [Fact]
    public async Task A_standalone_issuer_identifies_only_its_own_people()
    {
        await using var world = await World.StartAsync();
        var (subject, atProvider) = await world.SignInAsync();
        Assert.NotEqual(subject, Jwt.Read((await world.AskAsync(payload => payload["sub"] = atProvider)).AccessToken)["sub"]);
    }

    [Fact]
    public async Task A_verified_address_identifies_the_person_who_signed_in_with_it()
    {
        await using var world = await World.ByEmailAsync();
        var (subject, _) = await world.SignInAsync();
        Assert.Equal(subject, Jwt.Read((await world.AskAsync(Names(World.Email))).AccessToken)["sub"]);
        Assert.Equal(subject, Jwt.Read((await world.AskAsync(Names(World.Email.ToUpperInvariant()))).AccessToken)["sub"]);
    }

    public static TheoryData<string, Action<JsonObject>> Unproven =>
        new()
        {
            { "not verified", payload => (payload["email"], payload["email_verified"]) = (World.Email, false) },
            { "verified in words", payload => (payload["email"], payload["email_verified"]) = (World.Email, "true") },
            { "nothing said of it", payload => payload["email"] = World.Email },
            { "no address", payload => payload["email_verified"] = true },
            { "another domain", payload => Names("alice@elsewhere.example")(payload) },
            { "a domain below", payload => Names("alice@sub.example.com")(payload) },
            { "nobody here", payload => Names("nobody@example.com")(payload) },
            { "two signs", payload => Names("alice@elsewhere.example@example.com")(payload) },
        };

    [Theory]
    [MemberData(nameof(Unproven))]
    public async Task An_address_identifies_no_person_with(string what, Action<JsonObject> change)
    {
        Assert.NotEmpty(what);
        await using var world = await World.ByEmailAsync();
        await world.SignInAsync();
        Assert.Equal("invalid_grant", (await world.AskAsync(change)).Error);
    }

    [Fact]
    public async Task An_address_shared_by_two_people_identifies_neither()
    {
        await using var world = await World.ByEmailAsync();
        await world.SignInAsync();
        await world.SignInAsync("bob");
        Assert.Equal("invalid_grant", (await world.AskAsync(Names(World.Email))).Error);
    }

    // Judged by the claims of the last sign-in here, or by those of the assertion if the person has never signed in.
    [Fact]
    public async Task A_person_who_may_not_sign_in_gets_no_token_through_an_assertion_either()
    {
        await using var world = await World.StartAsync(
            options => options.Set("McpOidc:IdentityProvider:Allow:0:Groups:0", "staff"),
            ("Provider", "default")
        );
        var (_, alice) = await world.SignInAsync();
        Assert.Equal(200, (await world.AskAsync(payload => payload["sub"] = alice)).Status);
        Assert.Equal("invalid_grant", (await world.AskAsync(payload => payload["sub"] = "bob")).Error);
        var assured = await world.AskAsync(payload => (payload["sub"], payload["groups"]) = ("bob", new JsonArray("staff")));
        Assert.Equal(200, assured.Status);
        world.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal("invalid_grant", (await world.AskAsync(payload => payload["sub"] = alice)).Error);
    }

    private static Action<JsonObject> Names(string email) => payload => (payload["email"], payload["email_verified"]) = (email, true);

    private sealed class World : IAsyncDisposable
    {
        public const string Email = "alice@example.com";

        private readonly AssertingProvider _provider = new();
        private TestSystem _system = null!;
        private OAuthClient _agent = null!;

        public static Task<World> ByEmailAsync() =>
            StartAsync(("Provider", "default"), ("PersonBy", "Email"), ("EmailDomains:0", "example.com"));

        public AdjustableClock Clock => _system.Clock;

        public static Task<World> StartAsync(params (string Setting, string Value)[] settings) => StartAsync(_ => { }, settings);

        public static async Task<World> StartAsync(Action<TestSystemOptions> configure, params (string Setting, string Value)[] settings)
        {
            var world = new World();
            await world._provider.StartAsync();
            world._system = await TestSystem.StartAsync(options =>
            {
                configure(options);
                options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
                options.Set("McpOidc:IdentityAssertion:Issuers:0:Issuer", world._provider.Issuer);
                foreach (var (setting, value) in settings)
                {
                    options.Set($"McpOidc:IdentityAssertion:Issuers:0:{setting}", value);
                }

                options.Idp = idp => idp.Users[1] = new DevIdpUser("bob", "bob", "Bob Brown", Email);
                options.AddClient(0, "agent", key: null, ("GrantTypes:0", GrantType), ("Scopes:0", "files:read"));
            });
            world._agent = world._system.CreateClient("agent");
            return world;
        }

        /// <summary>Signs a user in.</summary>
        /// <returns>The subject here and at the provider.</returns>
        public async Task<(string Subject, string AtProvider)> SignInAsync(string user = "alice")
        {
            using var client = _system.CreateClient();
            await client.RegisterAsync();
            using var browser = new Browser { UserName = user };
            var tokens = await client.SignInAsync(browser);
            return (Jwt.Read(tokens.AccessToken)["sub"]!, user);
        }

        public Task<TokenAnswer> AskAsync(Action<JsonObject> change)
        {
            var payload = _provider.Payload(_agent.Issuer, _agent.Resource, "agent");
            payload["scope"] = "files:read";
            change(payload);
            return _agent.TokenAsync([("grant_type", GrantType), ("assertion", _provider.Key.Sign(payload, AssertingProvider.Type))]);
        }

        public async ValueTask DisposeAsync()
        {
            _agent.Dispose();
            await _system.DisposeAsync();
            await _provider.DisposeAsync();
        }
    }
}
