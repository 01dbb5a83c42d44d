using McpOidc.Tests.Hosting;
using static McpOidc.Tests.RateLimits.StrangerLimitTests;

namespace McpOidc.Tests.RateLimits;

/// <summary>An address that guesses is cut off regardless of what else it sends, but others at the same address can still sign in
/// (S03).</summary>
public sealed class GuessLimitTests
{
    private const string Attacker = "203.0.113.7";
    private const string Office = "198.51.100.1";

    /// <summary>How to send a wrong secret along with another client's name.</summary>
    public static TheoryData<string> NamesBeside => ["CLIENT_ID", "Client_Id", "client_ID", "cLIENT_iD", "client_id "];

    [Theory]
    [MemberData(nameof(NamesBeside))]
    public async Task Guesses_count_against_the_client_that_OpenIddict_reads(string name)
    {
        await using var system = await StartAsync(("FailuresPerClientPerMinute", 3));
        using var owner = From(system, Office);
        await owner.RegisterAsync(Metadata("client_secret_basic"));
        using var attacker = From(system, Attacker, owner.ClientId);
        (attacker.UsesBasic, attacker.ClientSecret) = (true, "wrong");
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            statuses.Add((await attacker.RefreshAsync("junk", (name, $"junk{i}"))).Status);
        }

        Assert.Equal([401, 401, 401, 429, 429, 429], statuses);
    }

    [Theory]
    [InlineData(false, "FailuresPerAddressPerMinute")]
    [InlineData(true, "FailuresPerClientPerMinute")]
    public async Task A_valid_token_does_not_exempt_wrong_secrets_from_the_limit(bool isOfTheClient, string limit)
    {
        await using var system = await StartAsync(("FailuresPerClientPerMinute", 0), ("FailuresPerAddressPerMinute", 0), (limit, 3));
        using var owner = From(system, Office);
        await owner.RegisterAsync(Metadata("client_secret_post"));
        using var browser = new Browser();
        var ofOwner = (await owner.SignInAsync(browser)).RefreshToken;
        var token = isOfTheClient ? ofOwner : await ForeignTokenAsync(system, browser);
        using var attacker = From(system, Attacker, owner.ClientId);
        attacker.ClientSecret = "wrong";
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            statuses.Add((await attacker.RefreshAsync(token)).Status);
        }

        Assert.Equal([401, 401, 401, 429, 429, 429], statuses);
        // The owner continues from elsewhere: nothing was revoked.
        Assert.Equal(200, (await owner.RefreshAsync(ofOwner)).Status);
    }

    [Fact]
    public async Task Wrong_codes_from_an_office_do_not_prevent_its_people_from_signing_in()
    {
        await using var system = await StartAsync(("FailuresPerAddressPerMinute", 3));
        using var client = From(system, Office);
        await client.RegisterAsync();
        using var browser = new Browser();
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        using var attacker = From(system, Office, client.ClientId);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("invalid_grant", (await attacker.RedeemAsync($"g{new string('A', 21)}{i}.{new string('b', 43)}~mac")).Error);
        }

        var code = await client.GetCodeAsync(browser);
        Assert.Equal(429, (await attacker.RedeemAsync("wrong")).Status);
        Assert.Equal(429, (await attacker.RedeemAsync(code[..^1] + (code[^1] == 'A' ? 'Q' : 'A'))).Status);
        Assert.Equal(200, (await client.RedeemAsync(code)).Status);
        // Nor are they kept from registering new clients or pushing requests.
        using var another = From(system, Office);
        await another.RegisterAsync();
        var pushed = await another.PostAsync("/request", Pushed(another));
        Assert.Equal(201, pushed.Status);
        // The code is used up: having been valid earns no exemption.
        Assert.Equal(429, (await attacker.RedeemAsync(code)).Status);
    }

    [Fact]
    public async Task An_expired_refresh_token_or_one_of_another_client_does_not_exempt_a_caller_from_limits()
    {
        await using var system = await StartAsync(("EndedRefreshesPerAddressPerMinute", 3));
        using var client = From(system, Office);
        using var browser = new Browser();
        await client.SignInAsync(browser);
        string[] worthless = [await EndedTokenAsync(client, browser), await ForeignTokenAsync(system, browser)];
        using var attacker = From(system, Attacker, client.ClientId);
        foreach (var token in worthless)
        {
            RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
            var statuses = new List<int>();
            for (var i = 0; i < 5; i++)
            {
                statuses.Add((await attacker.RefreshAsync(token)).Status);
            }

            Assert.Equal([400, 400, 400, 429, 429], statuses);
        }
    }

    private static (string, string?)[] Pushed(OAuthClient client) =>
        [
            ("response_type", "code"),
            ("redirect_uri", client.RedirectUri),
            ("code_challenge", client.Challenge),
            ("code_challenge_method", "S256"),
            ("resource", client.Resource),
        ];
}
