using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>
/// A pre-registered client without a secret has an id that every program on the device knows (RFC 8252 §8.6; security case A34).
/// </summary>
public sealed class ConfiguredPublicClientTests(ConfiguredPublicClientTests.Fixture fixture)
    : IClassFixture<ConfiguredPublicClientTests.Fixture>,
        IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Theory]
    [InlineData("tool", "http://127.0.0.1:5000/cb", "http://127.0.0.1:6666/cb")]
    [InlineData("tool", "http://localhost:5000/cb", "http://localhost:5000/cb")]
    [InlineData("tool", "http://[::1]:5000/cb", "http://[::1]/cb")]
    [InlineData("tool", "com.example.tool:/cb", "com.example.tool:/cb")]
    public async Task Consent_is_asked_for_each_time_when_the_response_goes_to_the_device(string id, string first, string second)
    {
        using var client = Client(id, first);
        Assert.NotNull((await AllowByHandAsync(client)).Query("code"));

        using var other = Client(id, second);
        await other.OpenConsentAsync(_browser);

        var silent = await other.AuthorizeAsync(_browser, ("prompt", "none"));
        Assert.Equal("consent_required", silent.Query("error"));
    }

    [Theory]
    [InlineData("tool", "https://tool.example/cb")]
    [InlineData("confidential", "http://127.0.0.1:5000/cb")]
    public async Task Consent_is_remembered_when_no_other_program_can_receive_the_response(string id, string redirectUri)
    {
        using var client = Client(id, redirectUri);
        await client.GetCodeAsync(_browser);

        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
    }

    // Also submits "remember", which the page does not offer.
    private async Task<BrowserResult> AllowByHandAsync(OAuthClient client)
    {
        var page = await client.OpenConsentAsync(_browser);
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        Assert.False(fields.ContainsKey("remember"));
        (fields["decision"], fields["remember"]) = ("allow", "yes");
        using var decided = await _browser.PostAsync(action, fields);
        return await _browser.OpenAsync(new Uri(action, decided.Headers.Location!).AbsoluteUri, client.IsRedirectUri);
    }

    private OAuthClient Client(string id, string redirectUri)
    {
        var client = fixture.System.CreateClient();
        (client.ClientId, client.RedirectUri) = (id, redirectUri);
        return client;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync() =>
            System = await TestSystem.StartAsync(options =>
            {
                options.Set("McpOidc:Clients:0:Id", "tool");
                options.Set("McpOidc:Clients:0:GrantTypes:0", "authorization_code");
                options.Set("McpOidc:Clients:0:RedirectUris:0", "http://127.0.0.1/cb");
                options.Set("McpOidc:Clients:0:RedirectUris:1", "http://localhost/cb");
                options.Set("McpOidc:Clients:0:RedirectUris:2", "http://[::1]/cb");
                options.Set("McpOidc:Clients:0:RedirectUris:3", "com.example.tool:/cb");
                options.Set("McpOidc:Clients:0:RedirectUris:4", "https://tool.example/cb");
                options.AddClient(
                    1,
                    "confidential",
                    key: null,
                    ("GrantTypes:0", "authorization_code"),
                    ("RedirectUris:0", "http://127.0.0.1/cb")
                );
            });

        public async Task DisposeAsync() => await System.DisposeAsync();
    }
}
