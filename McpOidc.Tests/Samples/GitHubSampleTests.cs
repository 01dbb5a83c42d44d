using GitHubSignIn;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Samples;

/// <summary>samples/GitHubSignIn against <see cref="SimulatedGitHub"/>: an <c>IIdentityProvider</c> for a provider without OpenID
/// Connect.</summary>
public sealed class GitHubSampleTests : IAsyncLifetime
{
    private readonly SimulatedGitHub _github = new();

    public Task InitializeAsync() => _github.StartAsync();

    public Task DisposeAsync() => _github.DisposeAsync().AsTask();

    [Fact]
    public async Task A_person_signs_in_and_a_tool_calls_the_API_with_her_own_token()
    {
        await using var system = await TestSystem.StartAsync(Configure);
        await using var client = await SdkClient.ConnectAsync(system.Resource);
        Assert.Contains("\"login\":\"octocat\"", await client.CallAsync("my_profile"), StringComparison.Ordinal);
        Assert.Equal("read:user user:email", _github.AskedScopes);
    }

    [Fact]
    public async Task The_person_is_the_number_and_the_address_is_the_verified_one()
    {
        await using var signedIn = await SignedInSystem.StartAsync(Configure);
        var session = await SessionEndpoint.ReadAsync(signedIn);
        Assert.Equal(("583231", _github.Origin), (session["upstreamSubject"]!.ToString(), session["provider"]!.ToString()));
        Assert.Equal(
            ("mona@example.com", "true"),
            (session["claims"]!["email"]!.ToString(), session["claims"]!["email_verified"]!.ToString())
        );

        _github.Login = "renamed";
        using var browser = new Browser();
        using var other = signedIn.System.CreateClient();
        Assert.Equal(Subject(signedIn.Tokens), Subject(await other.SignInAsync(browser)));
    }

    [Fact]
    public async Task Tokens_of_an_OAuth_App_have_no_end_and_those_of_a_GitHub_App_are_refreshed()
    {
        await using (var endless = await SignedInSystem.StartAsync(Configure))
        {
            Assert.Equal(await TokenAsync(endless), await TokenAsync(endless, after: TimeSpan.FromHours(9)));
        }

        _github.TokensExpire = true;
        await using var expiring = await SignedInSystem.StartAsync(Configure);
        var first = await TokenAsync(expiring);
        var second = await TokenAsync(expiring, after: TimeSpan.FromHours(9));
        Assert.StartsWith("ghu_", second, StringComparison.Ordinal);
        Assert.NotEqual(first, second);

        _github.TokenStatus = 502;
        Assert.Equal("503", await TokenAsync(expiring, after: TimeSpan.FromHours(9)));
        _github.TokenStatus = null;
        Assert.StartsWith("ghu_", await TokenAsync(expiring), StringComparison.Ordinal);

        _github.HasEndedThePerson = true;
        Assert.Equal("404", await TokenAsync(expiring, after: TimeSpan.FromHours(9)));
    }

    [Fact]
    public async Task What_GitHub_refuses_reaches_the_client_as_an_OAuth_error()
    {
        await using var system = await TestSystem.StartAsync(Configure);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        _github.ForgetsCodes = true;
        Assert.Equal("server_error", await ErrorAsync(client));
        _github.ForgetsCodes = false;
        _github.TokenStatus = 502;
        Assert.Equal("temporarily_unavailable", await ErrorAsync(client));
        _github.TokenStatus = null;
        _github.HasEndedThePerson = true;
        Assert.Equal("access_denied", await ErrorAsync(client));
    }

    private void Configure(TestSystemOptions options)
    {
        options.Provider = new IdentityProviderSettings("", "", null, "openid email profile");
        options.Server = builder => builder.UseGitHub();
        options.Mcp = builder => builder.Services.AddGitHubTools();
        options.Map = SessionEndpoint.Map;
        options.Set("GitHub:ClientId", SimulatedGitHub.ClientId);
        options.Set("GitHub:ClientSecret", SimulatedGitHub.ClientSecret);
        options.Set("GitHub:Site", _github.Origin);
        options.Set("GitHub:Api", _github.Origin);
    }

    private static async Task<string?> ErrorAsync(OAuthClient client)
    {
        using var browser = new Browser();
        return (await client.AuthorizeAsync(browser)).Query("error");
    }

    private static string Subject(TokenAnswer tokens) => JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString();

    /// <summary>The person's token of the identity provider, or the status without one.</summary>
    private static async Task<string> TokenAsync(SignedInSystem signedIn, TimeSpan after = default)
    {
        signedIn.System.Clock.Advance(after);
        var (status, token) = await SessionEndpoint.TokenAsync(
            signedIn,
            (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken))["access_token"]
        );
        return token?["access_token"]?.ToString() ?? $"{status}";
    }
}
