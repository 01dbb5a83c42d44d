using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Discovery;

/// <summary>A proof for each member of the authorization server's metadata (RFC 8414 §2, OpenID Connect Discovery §3).</summary>
internal static class ServerProofs
{
    public static IReadOnlyDictionary<string, Func<WalkedSystem, JsonNode, Task>> All { get; } =
        new Dictionary<string, Func<WalkedSystem, JsonNode, Task>>
        {
            ["issuer"] = async (system, issuer) =>
            {
                using var client = await system.RegisterAsync();
                var tokens = await WalkedSystem.SignInAsync(client);
                Assert.Equal(issuer.ToString(), Jwt.Read(tokens.AccessToken)["iss"]);
                Assert.Equal(issuer.ToString(), Jwt.Read(tokens["id_token"]!)["iss"]);
            },
            ["authorization_endpoint"] = async (system, url) =>
            {
                using var client = await system.RegisterAsync();
                using var browser = new Browser();
                var asked = url + new Uri(client.AuthorizeUrl()).Query;
                Assert.NotNull((await browser.OpenAsync(asked, client.IsRedirectUri)).Query("code"));
            },
            ["token_endpoint"] = (system, url) => ProveEndpointAsync(system, url, "/token"),
            ["introspection_endpoint"] = (system, url) => ProveEndpointAsync(system, url, "/token/introspection"),
            ["revocation_endpoint"] = (system, url) => ProveEndpointAsync(system, url, "/token/revocation"),
            ["userinfo_endpoint"] = async (system, url) =>
            {
                using var client = await system.RegisterAsync();
                var tokens = await WalkedSystem.SignInAsync(client);
                using var answer = await client.CallAsync(url.ToString(), tokens.AccessToken, HttpMethod.Get);
                var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                Assert.Equal(Jwt.Read(tokens.AccessToken)["sub"], told["sub"]!.ToString());
            },
            ["end_session_endpoint"] = async (system, url) =>
            {
                using var client = await system.RegisterAsync();
                using var browser = new Browser();
                var hint = (await client.SignInAsync(browser))["id_token"];
                Assert.NotNull((await client.AuthorizeAsync(browser, ("prompt", "none"))).Query("code"));
                var asked = QueryHelpers.AddQueryString(
                    url.ToString(),
                    new Dictionary<string, string?> { ["id_token_hint"] = hint, ["client_id"] = client.ClientId }
                );
                await browser.OpenAsync(asked, _ => true);
                Assert.Equal("login_required", (await client.AuthorizeAsync(browser, ("prompt", "none"))).Query("error"));
            },
            ["pushed_authorization_request_endpoint"] = async (system, url) =>
            {
                using var client = await system.RegisterAsync();
                using var browser = new Browser();
                var pushed = await client.PostAsync(
                    url.ToString(),
                    [
                        ("response_type", "code"),
                        ("redirect_uri", client.RedirectUri),
                        ("code_challenge", client.Challenge),
                        ("code_challenge_method", "S256"),
                    ]
                );
                var asked = QueryHelpers.AddQueryString(
                    client.Issuer + "/authorize",
                    new Dictionary<string, string?> { ["client_id"] = client.ClientId, ["request_uri"] = pushed["request_uri"] }
                );
                Assert.NotNull((await browser.OpenAsync(asked, client.IsRedirectUri)).Query("code"));
            },
            ["registration_endpoint"] = async (system, url) =>
            {
                using var client = await system.RegisterAsync();
                Assert.Equal(client.Issuer + "/register", url.ToString());
                Assert.NotEmpty(client.ClientId);
            },
            ["jwks_uri"] = async (system, url) =>
            {
                using var client = await system.RegisterAsync();
                var tokens = await WalkedSystem.SignInAsync(client);
                var keys = new JsonWebKeySet(await client.Http.GetStringAsync(new Uri(url.ToString())));
                foreach (var token in new[] { tokens.AccessToken, tokens["id_token"]! })
                {
                    var read = await new JsonWebTokenHandler().ValidateTokenAsync(
                        token,
                        new TokenValidationParameters
                        {
                            IssuerSigningKeys = keys.GetSigningKeys(),
                            ValidIssuer = client.Issuer,
                            ValidateAudience = false,
                        }
                    );
                    Assert.True(read.IsValid, read.Exception?.Message);
                }
            },
            ["grant_types_supported"] = ProveGrantTypesAsync,
            ["response_types_supported"] = (system, types) =>
                ForEachAsync(
                    types,
                    async type =>
                    {
                        using var client = await system.RegisterAsync();
                        using var browser = new Browser();
                        Assert.NotNull((await client.AuthorizeAsync(browser, ("response_type", type))).Query(type));
                    }
                ),
            ["response_modes_supported"] = (system, modes) =>
                ForEachAsync(
                    modes,
                    async mode =>
                    {
                        using var client = await system.RegisterAsync();
                        using var browser = new Browser();
                        Assert.Equal("query", mode);
                        Assert.NotNull((await client.AuthorizeAsync(browser, ("response_mode", mode))).Query("code"));
                    }
                ),
            ["scopes_supported"] = async (system, scopes) =>
            {
                using var client = await system.RegisterAsync();
                var asked = string.Join(' ', WalkedSystem.Texts(scopes));
                Assert.Equal(asked, (await WalkedSystem.SignInAsync(client, ("scope", asked)))["scope"]);
            },
            ["claims_supported"] = (_, claims) => ProveClaimsAsync(WalkedSystem.Texts(claims)),
            ["id_token_signing_alg_values_supported"] = (system, algorithms) =>
                ForEachAsync(
                    algorithms,
                    async algorithm =>
                    {
                        using var client = await system.RegisterAsync(metadata => metadata["id_token_signed_response_alg"] = algorithm);
                        var header = new JsonWebToken((await WalkedSystem.SignInAsync(client))["id_token"]);
                        Assert.Equal(algorithm, header.Alg);
                    }
                ),
            ["code_challenge_methods_supported"] = (system, methods) =>
                ForEachAsync(
                    methods,
                    async method =>
                    {
                        using var client = await system.RegisterAsync();
                        Assert.Equal(200, (await WalkedSystem.SignInAsync(client, ("code_challenge_method", method))).Status);
                    }
                ),
            ["subject_types_supported"] = async (system, types) =>
            {
                Assert.Equal(["public"], WalkedSystem.Texts(types));
                using var one = await system.RegisterAsync();
                using var other = await system.RegisterAsync();
                Assert.Equal(
                    Jwt.Read((await WalkedSystem.SignInAsync(one)).AccessToken)["sub"],
                    Jwt.Read((await WalkedSystem.SignInAsync(other)).AccessToken)["sub"]
                );
            },
            ["ui_locales_supported"] = (system, languages) =>
                ForEachAsync(
                    languages,
                    async language =>
                    {
                        using var client = await system.RegisterAsync();
                        using var browser = new Browser();
                        var page = await client.OpenConsentAsync(browser, ("ui_locales", language));
                        Assert.Contains($"<html lang=\"{language}\"", page.Html, StringComparison.Ordinal);
                    }
                ),
            ["prompt_values_supported"] = (system, values) => ForEachAsync(values, value => ProvePromptAsync(system, value)),
            ["token_endpoint_auth_methods_supported"] = (system, methods) => ProveMethodsAsync(system, "/token", methods),
            ["introspection_endpoint_auth_methods_supported"] = (system, methods) =>
                ProveMethodsAsync(system, "/token/introspection", methods),
            ["revocation_endpoint_auth_methods_supported"] = (system, methods) => ProveMethodsAsync(system, "/token/revocation", methods),
            ["pushed_authorization_request_endpoint_auth_methods_supported"] = (system, methods) =>
                ProveMethodsAsync(system, "/request", methods),
            ["token_endpoint_auth_signing_alg_values_supported"] = (system, algorithms) =>
                ProveAlgorithmsAsync(system, "/token", algorithms),
            ["introspection_endpoint_auth_signing_alg_values_supported"] = (system, algorithms) =>
                ProveAlgorithmsAsync(system, "/token/introspection", algorithms),
            ["revocation_endpoint_auth_signing_alg_values_supported"] = (system, algorithms) =>
                ProveAlgorithmsAsync(system, "/token/revocation", algorithms),
            ["pushed_authorization_request_endpoint_auth_signing_alg_values_supported"] = (system, algorithms) =>
                ProveAlgorithmsAsync(system, "/request", algorithms),
            ["dpop_signing_alg_values_supported"] = (system, algorithms) =>
                ForEachAsync(algorithms, async algorithm => Assert.True((await system.BindAsync(algorithm)).AtServer, algorithm)),
            ["require_pushed_authorization_requests"] = async (system, required) =>
            {
                using var client = await system.RegisterAsync();
                using var browser = new Browser();
                Assert.Equal((bool)required, (await client.AuthorizeAsync(browser)).Query("code") is null);
            },
            ["claims_parameter_supported"] = async (system, supported) =>
            {
                Assert.False((bool)supported);
                using var client = await system.RegisterAsync();
                var tokens = await WalkedSystem.SignInAsync(
                    client,
                    ("scope", "openid"),
                    ("claims", """{"id_token":{"email":{"essential":true}}}""")
                );
                Assert.Null(Jwt.Read(tokens["id_token"]!)["email"]);
            },
            ["request_parameter_supported"] = (system, supported) =>
                ProveRefusedAsync(system, (bool)supported, "request", "e30.e30.", "request_not_supported"),
            ["request_uri_parameter_supported"] = (system, supported) =>
                ProveRefusedAsync(system, (bool)supported, "request_uri", "https://app.example/request", "request_uri_not_supported"),
            ["authorization_response_iss_parameter_supported"] = async (system, supported) =>
            {
                using var client = await system.RegisterAsync();
                using var browser = new Browser();
                Assert.Equal((bool)supported, (await client.AuthorizeAsync(browser)).Query("iss") == client.Issuer);
                Assert.Equal((bool)supported, (await client.AuthorizeAsync(browser, ("scope", "nonsense"))).Query("iss") == client.Issuer);
            },
            ["tls_client_certificate_bound_access_tokens"] = async (system, bound) =>
            {
                using var client = await system.RegisterAsync();
                Assert.Equal((bool)bound, Jwt.Read((await WalkedSystem.SignInAsync(client)).AccessToken)["cnf"] is not null);
            },
            ["client_id_metadata_document_supported"] = async (system, supported) =>
            {
                Assert.True((bool)supported);
                using var client = system.Documents.CreateClient(system.Documents.Publish());
                Assert.Equal(200, (await WalkedSystem.SignInAsync(client)).Status);
            },
            ["authorization_grant_profiles_supported"] = async (system, profiles) =>
            {
                Assert.Equal(["urn:ietf:params:oauth:grant-profile:id-jag"], WalkedSystem.Texts(profiles));
                Assert.Equal(200, (await system.AskByAssertionAsync()).Status);
            },
        };

    private static async Task ForEachAsync(JsonNode values, Func<string, Task> prove)
    {
        Assert.NotEmpty(values.AsArray());
        foreach (var value in WalkedSystem.Texts(values))
        {
            await prove(value);
        }
    }

    // One sign-in, introspected and revoked, with one of the three URLs taken from the document.
    private static async Task ProveEndpointAsync(WalkedSystem system, JsonNode url, string path)
    {
        string At(string usual) => usual == path ? url.ToString() : usual;
        using var client = await system.RegisterAsync("client_secret_post");
        using var browser = new Browser();
        var tokens = await client.PostAsync(
            At("/token"),
            [
                ("grant_type", "authorization_code"),
                ("code", await client.GetCodeAsync(browser)),
                ("redirect_uri", client.RedirectUri),
                ("code_verifier", client.Verifier),
            ]
        );
        Assert.Equal("true", (await client.PostAsync(At("/token/introspection"), [("token", tokens.AccessToken)]))["active"]);
        Assert.Equal(200, (await client.PostAsync(At("/token/revocation"), [("token", tokens.RefreshToken)])).Status);
        Assert.Equal("false", (await client.PostAsync(At("/token/introspection"), [("token", tokens.AccessToken)]))["active"]);
    }

    private static async Task ProveGrantTypesAsync(WalkedSystem system, JsonNode types)
    {
        using var client = await system.RegisterAsync();
        var tokens = await WalkedSystem.SignInAsync(client);
        var proofs = new Dictionary<string, Func<Task<TokenAnswer>>>
        {
            ["authorization_code"] = () => WalkedSystem.SignInAsync(client),
            ["refresh_token"] = () => client.RefreshAsync(tokens.RefreshToken),
            ["client_credentials"] = () => AskAsync(system, "job", ("grant_type", "client_credentials")),
            [WalkedSystem.JwtBearer] = system.AskByAssertionAsync,
            [WalkedSystem.TokenExchange] = () =>
                AskAsync(
                    system,
                    "server",
                    ("grant_type", WalkedSystem.TokenExchange),
                    ("subject_token", tokens.AccessToken),
                    ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")
                ),
        };
        await ForEachAsync(types, async type => Assert.Equal(200, (await proofs[type]()).Status));
        foreach (var type in new[] { "password", "implicit", "urn:ietf:params:oauth:grant-type:device_code" })
        {
            Assert.Equal("unsupported_grant_type", (await AskAsync(system, "job", ("grant_type", type))).Error);
        }
    }

    private static async Task<TokenAnswer> AskAsync(WalkedSystem system, string clientId, params (string, string?)[] parameters)
    {
        using var client = system.System.CreateClient(clientId);
        return await client.TokenAsync(parameters);
    }

    // A provider that sends every claim about a user.
    private static async Task ProveClaimsAsync(string[] claims)
    {
        await using var provider = await FaultyIdentityProvider.StartAsync();
        provider.Claims = payload =>
        {
            foreach (var claim in claims.Where(claim => !payload.ContainsKey(claim) && claim != "sid"))
            {
                payload[claim] = claim switch
                {
                    "email_verified" => true,
                    "updated_at" or "auth_time" => DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
                    _ => "told",
                };
            }
        };
        await using var system = await TestSystem.StartAsync(options => options.Provider = provider.Settings);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        using var answer = await client.CallAsync(client.Issuer + "/me", tokens.AccessToken, HttpMethod.Get);
        var told = JwtReader
            .Payload(tokens["id_token"]!)
            .Concat(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject())
            .Select(claim => claim.Key);
        Assert.Empty(claims.Except(told));
    }

    private static async Task ProvePromptAsync(WalkedSystem system, string value)
    {
        using var client = await system.RegisterAsync();
        using var browser = new Browser();
        await client.SignInAsync(browser);
        var (consents, visits) = (browser.ConsentPages(), browser.VisitsOf(system.System.Idp!.Issuer));
        Assert.NotNull((await client.AuthorizeAsync(browser, ("prompt", value))).Query("code"));
        var (asked, went) = (browser.ConsentPages() > consents, browser.VisitsOf(system.System.Idp.Issuer) > visits);
        Assert.Equal(
            value switch
            {
                "none" => (false, false),
                "consent" => (true, false),
                "login" or "select_account" => (false, true),
                _ => throw new InvalidOperationException($"What does the prompt {value} do?"),
            },
            (asked, went)
        );
    }

    private static Task ProveMethodsAsync(WalkedSystem system, string path, JsonNode methods) =>
        ForEachAsync(
            methods,
            async method =>
            {
                using var client = await system.RegisterAsync(method);
                Assert.True(await WalkedSystem.IsKnownAtAsync(client.Issuer + path, client), method);
                if (method != "none")
                {
                    (client.Key, client.ClientSecret, client.UsesBasic) = (null, "wrong", false);
                    Assert.False(await WalkedSystem.IsKnownAtAsync(client.Issuer + path, client), method);
                }
            }
        );

    private static Task ProveAlgorithmsAsync(WalkedSystem system, string path, JsonNode algorithms) =>
        ForEachAsync(
            algorithms,
            async algorithm =>
            {
                using var client = await system.RegisterAsync("private_key_jwt", algorithm);
                Assert.True(await WalkedSystem.IsKnownAtAsync(client.Issuer + path, client), algorithm);
            }
        );

    private static async Task ProveRefusedAsync(WalkedSystem system, bool supported, string parameter, string value, string error)
    {
        Assert.False(supported);
        using var client = await system.RegisterAsync();
        using var browser = new Browser();
        Assert.Equal(error, (await client.AuthorizeAsync(browser, (parameter, value))).Query("error"));
    }
}
