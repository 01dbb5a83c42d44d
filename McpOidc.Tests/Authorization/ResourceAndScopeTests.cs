using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>Resource indicators and scopes as real clients send them.</summary>
public sealed class ResourceAndScopeTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    // A16; weakness 3 (an opaque token where the resource was not sent)
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_token_requested_without_a_resource_is_for_the_only_one(string? resource)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("resource", resource)), ("resource", resource));

        Assert.Equal(client.Resource, Jwt.Read(tokens.AccessToken)["aud"]);
    }

    // A18, C17: the token names the resource in the form the client sent, and the MCP server accepts it.
    [Theory]
    [InlineData("HTTP://LOCALHOST:{port}/mcp")]
    [InlineData("http://localhost:{port}/mcp/")]
    [InlineData("http://localhost:{port}/mcp")]
    public async Task Uppercase_scheme_and_host_and_a_trailing_slash_denote_the_same_resource(string form)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var asked = form.Replace(
            "{port}",
            new Uri(client.Resource).Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            StringComparison.Ordinal
        );

        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("resource", asked)), ("resource", asked));

        Assert.Equal(asked, Jwt.Read(tokens.AccessToken)["aud"]);
        using var call = await client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, call.StatusCode);
    }

    // RFC 8707 §2 allows several; a client that adds its resource to a URL that already contains it still names one.
    [Fact]
    public async Task The_same_resource_twice_in_any_form_is_one()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var url = client.AuthorizeUrl() + "&resource=" + Uri.EscapeDataString(client.Resource + "/");

        var tokens = await client.RedeemAsync((await browser.OpenAsync(url, client.IsRedirectUri)).Query("code")!);

        Assert.Equal(client.Resource, Jwt.Read(tokens.AccessToken)["aud"]);
    }

    // A18
    [Fact]
    public async Task An_uppercase_path_denotes_a_different_resource()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        (
            await client.AuthorizeAsync(browser, ("resource", client.Resource.Replace("/mcp", "/MCP", StringComparison.Ordinal)))
        ).ExpectRedirectError(client, "invalid_target");
    }

    // A20
    [Fact]
    public async Task An_unknown_scope_is_dropped_and_the_response_says_what_was_granted()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid admin email *")));

        Assert.Equal("openid email", tokens["scope"]);
        Assert.Equal("openid email", Jwt.Read(tokens.AccessToken)["scope"]);
    }

    // A20
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public async Task A_request_without_a_scope_gets_the_scopes_of_the_resource(string? scope)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        Assert.Equal("openid email profile", (await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope))))["scope"]);
    }

    // A20: a mistyped read scope never becomes a write scope.
    [Theory]
    [InlineData("nonsense")]
    [InlineData("OPENID")]
    [InlineData("openid,email")]
    [InlineData("openid\temail")]
    [InlineData("files:raed *")]
    public async Task A_request_with_only_unknown_scopes_yields_invalid_scope(string scope)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();

        (await client.AuthorizeAsync(browser, ("scope", scope))).ExpectRedirectError(client, "invalid_scope");

        var pushed = await client.PostAsync(
            "/request",
            [
                ("response_type", "code"),
                ("redirect_uri", client.RedirectUri),
                ("code_challenge", client.Challenge),
                ("code_challenge_method", "S256"),
                ("scope", scope),
            ]
        );
        Assert.Equal((400, "invalid_scope"), (pushed.Status, pushed.Error));
    }

    // A20
    [Fact]
    public async Task A_scope_of_only_another_resource_yields_invalid_scope()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Resources:0:Scopes:0", "files:write");
            options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
            options.Set("McpOidc:Resources:1:Scopes:0", "other:read");
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();

        (await client.AuthorizeAsync(browser, ("scope", "other:read"))).ExpectRedirectError(client, "invalid_scope");
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "other:read openid")));
        Assert.Equal("openid", tokens["scope"]);
    }

    // A20: no requested scope is left.
    [Fact]
    public async Task Offline_access_alone_yields_invalid_scope_for_a_client_without_refresh_tokens()
    {
        using var client = await fixture.RegisterAsync(change: metadata =>
            metadata["grant_types"] = new System.Text.Json.Nodes.JsonArray("authorization_code")
        );
        using var browser = new Browser();

        (await client.AuthorizeAsync(browser, ("scope", "offline_access"))).ExpectRedirectError(client, "invalid_scope");
    }

    // A16
    [Fact]
    public async Task A_request_must_name_a_resource_when_several_are_configured()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
            options.Set("McpOidc:Resources:1:Name", "Other tools");
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();

        (await client.AuthorizeAsync(browser, ("resource", null))).ExpectRedirectError(client, "invalid_target");

        var tokens = await client.RedeemAsync(
            await client.GetCodeAsync(browser, ("resource", "https://other.example/mcp")),
            ("resource", null)
        );
        Assert.Equal("https://other.example/mcp", Jwt.Read(tokens.AccessToken)["aud"]);

        // C17; weakness 11: a token for the other server is not valid here.
        using var call = await client.CallAsync(system.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, call.StatusCode);

        // B08: consent for one resource does not cover the other.
        await client.GetCodeAsync(browser);
        Assert.Equal(2, browser.ConsentPages());
    }
}
