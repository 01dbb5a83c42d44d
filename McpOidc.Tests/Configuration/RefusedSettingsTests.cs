using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Configuration;

/// <summary>Settings that prevent startup; the message must name the setting, its environment variable, and the fix.</summary>
public sealed class RefusedSettingsTests
{
    private const string Secret = "0123456789012345678901234567890123456789";

    public static TheoryData<string, string?, string, string> ServerSettings =>
        new()
        {
            { "McpOidc:Issuer", null, "McpOidc__Issuer", "is missing" },
            { "McpOidc:Issuer", "http://auth.example.com", "McpOidc__Issuer", "https" },
            { "McpOidc:Issuer", "https://auth.example.com/?tenant=1", "McpOidc__Issuer", "without query" },
            { "McpOidc:Issuer", "https://auth.example.com#x", "McpOidc__Issuer", "without query" },
            { "McpOidc:Issuer", "auth.example.com", "McpOidc__Issuer", "https URL" },
            { "McpOidc:Authority", "https://other.example", "McpOidc__Authority", "remove the call to AddAuthorizationServer()" },
            { "McpOidc:Resources:0:Uri", null, "McpOidc__Resources__0__Uri", "is missing" },
            { "McpOidc:Resources:0:Uri", "https://mcp.example.com/mcp#here", "McpOidc__Resources__0__Uri", "RFC 8707" },
            { "McpOidc:Resources:0:Uri", "http://mcp.example.com/mcp", "McpOidc__Resources__0__Uri", "https" },
            { "McpOidc:Resources:0:Uri", "mcp", "McpOidc__Resources__0__Uri", "not a valid resource identifier" },
            { "McpOidc:Clients:0:Id", "", "McpOidc__Clients__0__Id", "is missing" },
            { "McpOidc:Clients:0:Id", "https://client.example/metadata.json", "McpOidc__Clients__0__Id", "do not form a URL" },
            { "McpOidc:Clients:0:SecretHash", "not-a-hash", "McpOidc__Clients__0__SecretHash", "sha256sum" },
            { "McpOidc:Clients:0:SecretHash", null, "McpOidc__Clients__0__SecretHash", "Only clients that authenticate" },
            { "McpOidc:Clients:0:Jwks", """{"keys":[]}""", "McpOidc__Clients__0__Jwks", "public keys" },
            {
                "McpOidc:Clients:0:Jwks",
                """{"keys":[{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}""",
                "McpOidc__Clients__0__SecretHash",
                "remove one of them"
            },
            { "McpOidc:Clients:0:GrantTypes:0", "password", "McpOidc__Clients__0__GrantTypes", "Use authorization_code, " },
            { "McpOidc:Clients:0:GrantTypes:0", "authorization_code", "McpOidc__Clients__0__RedirectUris", "Add one" },
            {
                "McpOidc:Clients:0:GrantTypes:0",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "McpOidc__Clients__0__ResourceServer",
                "Set it to the resource"
            },
            { "McpOidc:Clients:0:RedirectUris:0", "http://portal.example/cb", "McpOidc__Clients__0__RedirectUris", "loopback" },
            { "McpOidc:Clients:0:Resources:0", "https://other.example/mcp", "McpOidc__Clients__0__Resources", "Use a resource in" },
            { "McpOidc:Clients:0:ResourceServer", "https://other.example/mcp", "McpOidc__Clients__0__ResourceServer", "Use a resource in" },
            { "McpOidc:Clients:0:Scopes:0", "openid", "McpOidc__Clients__0__Scopes", "about a user" },
            {
                "McpOidc:Clients:0:GrantTypes:0",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "McpOidc__Clients__0__GrantTypes",
                "IdentityAssertion:Issuers"
            },
            { "McpOidc:IdentityAssertion:Issuers:0", "http://idp.example.com", "McpOidc__IdentityAssertion__Issuers__0", "https issuer" },
            { "McpOidc:IdentityAssertion:KeyCacheLifetime", "00:00:00", "McpOidc__IdentityAssertion__KeyCacheLifetime", "positive" },
            { "McpOidc:IdentityProvider:Issuer", null, "McpOidc__IdentityProvider__Issuer", "is missing" },
            { "McpOidc:IdentityProvider:Issuer", "http://idp.example.com", "McpOidc__IdentityProvider__Issuer", "AllowHttp" },
            { "McpOidc:IdentityProvider:ClientId", null, "McpOidc__IdentityProvider__ClientId", "is missing" },
            { "McpOidc:IdentityProvider:Scopes", "email", "McpOidc__IdentityProvider__Scopes", "Add openid" },
            {
                "McpOidc:IdentityProvider:RedirectUri",
                "http://auth.example.com/oauth/callback",
                "McpOidc__IdentityProvider__RedirectUri",
                "https"
            },
            { "McpOidc:IdentityProvider:MetadataAddress", "http://idp:8080/a", "McpOidc__IdentityProvider__MetadataAddress", "AllowHttp" },
            { "McpOidc:IdentityProvider:ClientKey", "not a key", "McpOidc__IdentityProvider__ClientKey", "JWK or PEM" },
            { "McpOidc:IdentityProvider:ClientKey", """{"kty":"oct","k":"AAAA"}""", "McpOidc__IdentityProvider__ClientKey", "JWK or PEM" },
            {
                "McpOidc:IdentityProvider:ClientAssertionFile",
                "/nowhere/token",
                "McpOidc__IdentityProvider__ClientAssertionFile",
                "that file does not exist"
            },
            { "McpOidc:Secret", "short", "McpOidc__Secret", "at least 32" },
            { "McpOidc:TrustedProxies:0", "everybody", "McpOidc__TrustedProxies__0", "CIDR" },
            { "McpOidc:Tokens:AccessTokenLifetime", "00:00:00", "McpOidc__Tokens__AccessTokenLifetime", "positive" },
            { "McpOidc:Tokens:AuthorizationCodeLifetime", "-00:01:00", "McpOidc__Tokens__AuthorizationCodeLifetime", "positive" },
            {
                "McpOidc:Tokens:RefreshTokenAbsoluteLifetime",
                "01:00:00",
                "McpOidc__Tokens__RefreshTokenAbsoluteLifetime",
                "at least as long"
            },
            { "McpOidc:IdentityProvider:Timeout", "00:00:00", "McpOidc__IdentityProvider__Timeout", "positive" },
            { "McpOidc:IdentityProvider:Timeout", "00:01:01", "McpOidc__IdentityProvider__Timeout", "at most one minute" },
            { "McpOidc:IdentityProvider:OutageTolerance", "-00:01:00", "McpOidc__IdentityProvider__OutageTolerance", "not negative" },
            { "McpOidc:IdentityProvider:UserCheckInterval", "-00:01:00", "McpOidc__IdentityProvider__UserCheckInterval", "not negative" },
            { "McpOidc:IdentityProvider:RefreshBefore", "-00:01:00", "McpOidc__IdentityProvider__RefreshBefore", "not negative" },
            { "McpOidc:Registration:IdleLifetime", "30.00:00:00", "McpOidc__Registration__IdleLifetime", "one and a half times" },
            { "McpOidc:Registration:UnusedLifetime", "00:00:00", "McpOidc__Registration__UnusedLifetime", "positive" },
            { "McpOidc:Registration:InitialAccessTokens:0", "short", "McpOidc__Registration__InitialAccessTokens__0", "at least 32" },
            { "McpOidc:IdentityProvider:ForwardedParameters:0", "resource", "McpOidc__IdentityProvider__ForwardedParameters", "Remove it" },
            { "McpOidc:Resources:0:AccessTokenLifetime", "00:00:00", "McpOidc__Resources__0__AccessTokenLifetime", "positive" },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:AllowedDomains:0",
                "https://claude.ai",
                "McpOidc__Registration__ClientIdMetadataDocuments__AllowedDomains__0",
                "without scheme"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:BlockedDomains:0",
                "*.example.com",
                "McpOidc__Registration__ClientIdMetadataDocuments__BlockedDomains__0",
                "wildcard"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:MaximumSize",
                "0",
                "McpOidc__Registration__ClientIdMetadataDocuments__MaximumSize",
                "5120"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:Proxy",
                "proxy.example:3128",
                "McpOidc__Registration__ClientIdMetadataDocuments__Proxy",
                "scheme, host and port"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:ProbeInterval",
                "-00:00:01",
                "McpOidc__Registration__ClientIdMetadataDocuments__ProbeInterval",
                "not negative"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:Pinned:0",
                "/nowhere/client.json",
                "McpOidc__Registration__ClientIdMetadataDocuments__Pinned__0",
                "path of a file"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:Pinned:0",
                """{"client_id":"https://app.example/c","client_name":"App","redirect_uris":["javascript:alert(1)"]}""",
                "McpOidc__Registration__ClientIdMetadataDocuments__Pinned__0",
                "redirect_uris"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:Timeout",
                "00:00:00",
                "McpOidc__Registration__ClientIdMetadataDocuments__Timeout",
                "positive"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:MinimumCacheLifetime",
                "00:00:00",
                "McpOidc__Registration__ClientIdMetadataDocuments__MinimumCacheLifetime",
                "positive"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:MaximumCacheLifetime",
                "00:01:00",
                "McpOidc__Registration__ClientIdMetadataDocuments__MaximumCacheLifetime",
                "at least as long"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:StaleIfError",
                "-00:00:01",
                "McpOidc__Registration__ClientIdMetadataDocuments__StaleIfError",
                "not negative"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:FailureCacheLifetime",
                "00:00:00",
                "McpOidc__Registration__ClientIdMetadataDocuments__FailureCacheLifetime",
                "positive"
            },
            {
                "McpOidc:Registration:ClientIdMetadataDocuments:FetchesPerHostPerMinute",
                "0",
                "McpOidc__Registration__ClientIdMetadataDocuments__FetchesPerHostPerMinute",
                "positive"
            },
            { "McpOidc:RateLimits:SharedEgress:0", "everybody", "McpOidc__RateLimits__SharedEgress__1", "CIDR" },
            {
                "McpOidc:RateLimits:FailuresPerAddressPerMinute",
                "-1",
                "McpOidc__RateLimits__FailuresPerAddressPerMinute",
                "0 for no limit"
            },
            { "McpOidc:Admin:Claim", "groups", "McpOidc__Admin__Value", "is missing" },
            { "McpOidc:Admin:Value", "staff", "McpOidc__Admin__Claim", "is missing" },
            { "McpOidc:Admin:Provider", "nobody", "McpOidc__Admin__Provider", "not a configured provider" },
            { "McpOidc:Admin:SignInInterval", "00:00:30", "McpOidc__Admin__SignInInterval", "one minute" },
            { "McpOidc:Admin:Key", "short", "McpOidc__Admin__Key", "at least 32" },
            { "McpOidc:Pages:Accent", "blue", "McpOidc__Pages__Accent", "#rrggbb" },
            { "McpOidc:Pages:Accent", "#ffd700", "McpOidc__Pages__Accent", "contrast of at least 4.5" },
            { "McpOidc:Pages:AccentDark", "#102040", "McpOidc__Pages__AccentDark", "contrast of at least 4.5" },
            { "McpOidc:Pages:Background", "#808080", "McpOidc__Pages__Background", "contrast of at least 4.5" },
            { "McpOidc:Pages:LogoFile", "no-such-logo.svg", "McpOidc__Pages__LogoFile", "at most 100 kB" },
            { "McpOidc:Pages:LogoFile", "logo.html", "McpOidc__Pages__LogoFile", "SVG, PNG, WebP or JPEG" },
            { "McpOidc:Pages:SupportUrl", "javascript:alert(1)", "McpOidc__Pages__SupportUrl", "https or mailto" },
            { "McpOidc:Pages:DefaultLanguage", "it", "McpOidc__Pages__DefaultLanguage", "Use en, de, fr, es, ja" },
            { "McpOidc:Pages:Languages:de:Texts:ConsentTitel", "x", "McpOidc__Pages__Languages__de__Texts__ConsentTitel", "docs/pages.md" },
            {
                "McpOidc:Pages:Languages:de:Texts:ConsentHeading",
                "{server} erlauben?",
                "McpOidc__Pages__Languages__de__Texts__ConsentHeading",
                "docs/pages.md"
            },
            {
                "McpOidc:Pages:Languages:de:Texts:Months",
                "Jänner|Februar",
                "McpOidc__Pages__Languages__de__Texts__Months",
                "docs/pages.md"
            },
            { "McpOidc:Pages:Languages:deutsch!:Texts:ConsentTitle", "x", "McpOidc__Pages__Languages__deutsch!", "BCP 47" },
            { "McpOidc:Redis:WaitForReplicas", "-1", "McpOidc__Redis__WaitForReplicas", "0 to 5" },
            { "McpOidc:Keys:Algorithm", "HS256", "McpOidc__Keys__Algorithm", "ES256" },
            { "McpOidc:Keys:Jwks", "{", "McpOidc__Keys__Jwks", "keys" },
            { "McpOidc:Keys:Jwks", """{"keys":[]}""", "McpOidc__Keys__Jwks", "contains no key" },
            {
                "McpOidc:Keys:Jwks",
                """{"keys":[{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}""",
                "McpOidc__Keys__Jwks",
                "neither EC nor RSA"
            },
            {
                "McpOidc:Keys:Jwks",
                """{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}""",
                "McpOidc__Keys__Jwks",
                "without its private part"
            },
        };

    [Theory]
    [MemberData(nameof(ServerSettings))]
    public Task An_authorization_server_says_which_setting_is_wrong_and_how_to_fix_it(
        string key,
        string? value,
        string variable,
        string remedy
    ) =>
        AssertRefusedAsync(
            ServerDefaults(),
            "Development",
            key,
            value,
            variable,
            remedy,
            mcpOidc => mcpOidc.AddAuthorizationServer().AddProcessGuards()
        );

    [Theory]
    [InlineData("McpOidc:Authority", null, "McpOidc__Authority", "is missing")]
    [InlineData("McpOidc:Authority", "http://auth.example.com", "McpOidc__Authority", "https issuer")]
    [InlineData("McpOidc:AuthorityAddress", "http://auth:8080/path", "McpOidc__AuthorityAddress", "scheme, host and port")]
    [InlineData("McpOidc:AuthorityAddress", "auth:8080", "McpOidc__AuthorityAddress", "scheme, host and port")]
    [InlineData("McpOidc:ResourceServer:Resource", null, "McpOidc__ResourceServer__Resource", "is missing")]
    [InlineData("McpOidc:ResourceServer:Resource", "http://mcp.example.com/mcp", "McpOidc__ResourceServer__Resource", "https URL")]
    [InlineData("McpOidc:ResourceServer:Scopes:0", "offline_access", "McpOidc__ResourceServer__Scopes", "Remove it")]
    [InlineData("McpOidc:ResourceServer:ScopeHierarchy:0", "files:write", "McpOidc__ResourceServer__ScopeHierarchy__0", "files:read")]
    [InlineData("McpOidc:ResourceServer:KeyCacheLifetime", "00:00:00", "McpOidc__ResourceServer__KeyCacheLifetime", "positive")]
    [InlineData("McpOidc:ResourceServer:ClockSkew", "-00:00:01", "McpOidc__ResourceServer__ClockSkew", "not negative")]
    [InlineData("McpOidc:ResourceServer:UserClaims:0", "scope", "McpOidc__ResourceServer__UserClaims__0", "Remove it")]
    [InlineData("McpOidc:ResourceServer:UserClaims:0", "a.", "McpOidc__ResourceServer__UserClaims__0", "not a valid claim path")]
    [InlineData("McpOidc:ResourceServer:RoleClaim", ".", "McpOidc__ResourceServer__RoleClaim", "not a valid claim path")]
    [InlineData("McpOidc:ResourceServer:Resources:b:Name", "B", "McpOidc__ResourceServer__Resources__b__Resource", "is missing")]
    [InlineData(
        "McpOidc:ResourceServer:Resources:b:Resource",
        "https://mcp.example.com/mcp/",
        "McpOidc__ResourceServer__Resources__b__Resource",
        "its own URL"
    )]
    [InlineData(
        "McpOidc:ResourceServer:Resources:McpOidc:Resource",
        "https://mcp.example.com/b",
        "McpOidc__ResourceServer__Resources__McpOidc",
        "another name"
    )]
    [InlineData("McpOidc:TrustedProxies:0", "10.0.0.0/8", "McpOidc__TrustedProxies__0", "AddProcessGuards()")]
    [InlineData(
        "McpOidc:Protection:Resource",
        "https://mcp.example.com/mcp",
        "McpOidc__Protection__Resource",
        "McpOidc:ResourceServer:Resource"
    )]
    [InlineData(
        "McpOidc:Upstream:CheckUserEvery",
        "01:00:00",
        "McpOidc__Upstream__CheckUserEvery",
        "McpOidc:IdentityProvider:UserCheckInterval"
    )]
    [InlineData("McpOidc:Secret", "short", "McpOidc__Secret", "at least 32")]
    public Task A_protected_server_says_which_setting_is_wrong_and_how_to_fix_it(
        string key,
        string? value,
        string variable,
        string remedy
    ) =>
        AssertRefusedAsync(
            ProtectionDefaults(),
            "Development",
            key,
            value,
            variable,
            remedy,
            mcpOidc => mcpOidc.AddResourceServer().UseConfiguredStore()
        );

    // behaviour.md B20: the npm package starts in production with a secret, keys and a store that it made up itself.
    [Theory]
    [InlineData("McpOidc:Secret", null, "McpOidc__Secret", "is missing")]
    [InlineData("McpOidc:Sqlite:Path", null, "ConnectionStrings__redis", "McpOidc__Sqlite__Path")]
    [InlineData("McpOidc:Issuer", "http://localhost:4001", "McpOidc__Issuer", "does not use https")]
    [InlineData(
        "McpOidc:Registration:ClientIdMetadataDocuments:AllowLoopback",
        "true",
        "McpOidc__Registration__ClientIdMetadataDocuments__AllowLoopback",
        "allowed only in Development"
    )]
    public Task Outside_Development_an_authorization_server_uses_no_made_up_values(
        string key,
        string? value,
        string variable,
        string remedy
    ) =>
        AssertRefusedAsync(
            ServerDefaults(),
            "Production",
            key,
            value,
            variable,
            remedy,
            mcpOidc => mcpOidc.AddAuthorizationServer().AddProcessGuards()
        );

    [Theory]
    [InlineData("McpOidc:Secret", "McpOidc__Secret")]
    [InlineData("McpOidc:Sqlite:Path", "ConnectionStrings__redis")]
    public Task Outside_Development_a_resource_server_uses_no_made_up_values_either(string key, string variable) =>
        AssertRefusedAsync(
            ProtectionDefaults(),
            "Production",
            key,
            null,
            variable,
            "is missing",
            mcpOidc => mcpOidc.AddResourceServer().UseConfiguredStore()
        );

    [Fact]
    public async Task An_authorization_server_with_everything_set_starts_in_Production()
    {
        using var store = TestStore.Sqlite();
        var settings = ServerDefaults();
        settings["McpOidc:Sqlite:Path"] = store.Settings[0].Value;
        await using var site = await StartAsync(settings, "Production", mcpOidc => mcpOidc.AddAuthorizationServer().AddProcessGuards());
        Assert.NotEmpty(site.Origin);
    }

    private static async Task AssertRefusedAsync(
        Dictionary<string, string?> settings,
        string environment,
        string key,
        string? value,
        string variable,
        string remedy,
        Action<McpOidcBuilder> add
    )
    {
        settings[key] = value;
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(settings, environment, add));
        Assert.All(
            exception is AggregateException several ? several.InnerExceptions : [exception],
            inner => Assert.IsType<OptionsValidationException>(inner)
        );
        Assert.Contains(variable, exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    private static Task<TestSite> StartAsync(Dictionary<string, string?> settings, string environment, Action<McpOidcBuilder> add) =>
        TestSite.StartAsync(Loopback.FreePort(), settings, builder => add(builder.Services.AddMcpOidc()), _ => { }, environment);

    private static Dictionary<string, string?> ServerDefaults() =>
        new()
        {
            ["McpOidc:Issuer"] = "https://auth.example.com",
            ["McpOidc:Resources:0:Uri"] = "https://mcp.example.com/mcp",
            ["McpOidc:Secret"] = Secret,
            ["McpOidc:Sqlite:Path"] = Path.Combine(Path.GetTempPath(), $"mcpoidc-{Guid.NewGuid():N}.db"),
            ["McpOidc:Clients:0:Id"] = "job",
            ["McpOidc:Clients:0:SecretHash"] = new string('a', 64),
            ["McpOidc:Clients:0:GrantTypes:0"] = "client_credentials",
            ["McpOidc:IdentityProvider:Issuer"] = "https://idp.example.com",
            ["McpOidc:IdentityProvider:ClientId"] = "mcpoidc",
        };

    private static Dictionary<string, string?> ProtectionDefaults() =>
        new()
        {
            ["McpOidc:Authority"] = "https://auth.example.com",
            ["McpOidc:ResourceServer:Resource"] = "https://mcp.example.com/mcp",
            ["McpOidc:Secret"] = Secret,
            ["McpOidc:Sqlite:Path"] = Path.Combine(Path.GetTempPath(), $"mcpoidc-{Guid.NewGuid():N}.db"),
        };
}
