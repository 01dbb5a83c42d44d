using System.ComponentModel;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary><c>[RequireScopes]</c> and application policies, on every kind of endpoint.</summary>
public sealed class EndpointScopeTests(EndpointScopeTests.Fixture fixture) : IClassFixture<EndpointScopeTests.Fixture>
{
    /// <summary>A request, the scopes that it needs, and the response with these scopes.</summary>
    public static TheoryData<string, string?, string> Guarded =>
        new()
        {
            { "/minimal", null, "notes:read" },
            { "/group/minimal", null, "notes:read notes:write" },
            { "/controller", null, "notes:read" },
            { "/controller/write", null, "notes:read notes:write" },
            { "/policy", null, "notes:read" },
            { "/controller/policy", null, "notes:write" },
            { "/both", null, "notes:read notes:write" },
            { "/mcp", Body("tools/call", """{"name":"note_tool"}"""), "notes:read" },
            { "/mcp", Body("prompts/get", """{"name":"note_prompt"}"""), "notes:read" },
            { "/mcp", Body("completion/complete", Completion("""{"type":"ref/prompt","name":"note_prompt"}""")), "notes:read" },
            {
                "/mcp",
                Body("completion/complete", Completion("""{"type":"ref/resource","uri":"notes://one/{id}"}""")),
                "notes:read notes:write"
            },
            { "/mcp", Body("resources/read", """{"uri":"notes://all"}"""), "notes:write" },
            { "/mcp", Body("resources/read", """{"uri":"notes://one/7"}"""), "notes:read notes:write" },
            { "/mcp", Body("resources/read", """{"uri":"notes://one/a%20b"}"""), "notes:read notes:write" },
        };

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task An_endpoint_that_requires_scopes_refuses_a_token_without_them_with_one_403_that_lists_them_all(
        string path,
        string? body,
        string scopes
    )
    {
        foreach (var lacking in scopes.Split(' '))
        {
            var held = string.Join(' ', scopes.Split(' ').Where(scope => scope != lacking).Append("openid"));
            using var refused = await SendAsync(path, body, await fixture.TokenAsync(held));
            Assert.Equal(403, (int)refused.StatusCode);
            var challenge = Assert.Single(refused.Headers.WwwAuthenticate).Parameter!;
            Assert.Contains("error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
            Assert.All(scopes.Split(' '), scope => Assert.Contains(scope, challenge, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task An_endpoint_that_requires_a_scope_accepts_a_token_that_has_it(string path, string? body, string scopes)
    {
        using var answer = await SendAsync(path, body, await fixture.TokenAsync("openid " + scopes));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.DoesNotContain("\"error\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task An_endpoint_that_requires_a_scope_challenges_a_request_without_a_token_and_names_the_scope(
        string path,
        string? body,
        string scopes
    )
    {
        using var answer = await SendAsync(path, body, token: null);
        Assert.Equal(401, (int)answer.StatusCode);
        var challenge = Assert.Single(answer.Headers.WwwAuthenticate).Parameter!;
        Assert.All(scopes.Split(' '), scope => Assert.Contains(scope, challenge, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_scopes_of_endpoints_prompts_and_resources_are_in_the_metadata()
    {
        // The resource lists the scopes that a client needs initially; the authorization server lists all that it can grant.
        var document = await fixture.Client.Http.GetStringAsync(fixture.System.Issuer + "/.well-known/oauth-authorization-server");
        Assert.Contains("notes:read", document, StringComparison.Ordinal);
        Assert.Contains("notes:write", document, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/premium")]
    [InlineData("/controller/premium")]
    public async Task A_failed_policy_that_no_scope_would_satisfy_yields_403_without_a_scope_challenge(string path)
    {
        using var refused = await SendAsync(path, null, await fixture.TokenAsync("openid"));
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Empty(refused.Headers.WwwAuthenticate);
        Assert.Contains("access_denied", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_can_require_claims_of_the_person_by_configuration_alone()
    {
        using var answer = await SendAsync("/by-email", null, await fixture.TokenAsync("openid"));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.EndsWith("@example.com", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequireAuthorization_alone_protects_an_endpoint_mapped_at_the_resource_path()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.MapsMcp = false;
            options.Map = app => app.MapMcp("/mcp").RequireAuthorization();
        });
        using var client = system.CreateClient();
        using var refused = await client.CallAsync(system.Resource, null);
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Contains(
            "oauth-protected-resource/mcp",
            Assert.Single(refused.Headers.WwwAuthenticate).Parameter!,
            StringComparison.Ordinal
        );
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        using var request = new HttpRequestMessage(HttpMethod.Post, system.Resource)
        {
            Content = new StringContent(Body("tools/list", "{}"), Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        using var answer = await client.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_missing_call_does_not_open_the_resource_path()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.MapsMcp = false;
            options.Map = app => app.MapPost("/mcp/", () => "open").AllowAnonymous();
        });
        using var client = system.CreateClient();
        Assert.Equal(401, (int)(await client.CallAsync(system.Resource, null)).StatusCode);
        Assert.Equal(401, (int)(await client.CallAsync(system.Resource + "/", null)).StatusCode);
    }

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/MCP/")]
    [InlineData("/%6dcp")]
    [InlineData("/mcp?x=1")]
    public async Task A_route_with_parameters_does_not_open_the_resource_path(string path)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.MapsMcp = false;
            options.Map = app => app.MapMethods("/{name}", ["GET", "POST", "HEAD"], (string name) => name).AllowAnonymous();
        });
        using var client = system.CreateClient();
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Head })
        {
            Assert.Equal(401, (int)(await client.CallAsync(system.McpOrigin + path, null, method)).StatusCode);
        }

        Assert.Equal(200, (int)(await client.CallAsync(system.McpOrigin + "/other", null, HttpMethod.Get)).StatusCode);
    }

    [Theory]
    [InlineData("/cookie-last", 302)]
    [InlineData("/cookie-first", 401)]
    public async Task Every_scheme_of_a_policy_has_its_say_and_the_last_one_decides(string path, int status)
    {
        using var refused = await SendAsync(path, null, token: null);
        Assert.Equal(status, (int)refused.StatusCode);
        Assert.Contains("resource_metadata", Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
        Assert.Contains("/Account/Login", refused.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.Equal(status == 401, (await refused.Content.ReadAsStringAsync()).Contains("\"invalid_request\"", StringComparison.Ordinal));
        using var answer = await SendAsync(path, null, await fixture.TokenAsync("openid notes:read"));
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("openid files:write", "True")]
    [InlineData("openid files:read", "True")]
    [InlineData("openid", "False")]
    public async Task A_policy_that_the_application_asks_about_itself_knows_the_scopes_that_others_include(string scopes, string expected)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:ResourceServer:ScopeHierarchy:0", "files:write > files:read");
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Mcp = builder =>
                builder.Services.AddAuthorizationBuilder().AddPolicy("read", policy => policy.RequireScope("files:read"));
            options.Map = app =>
                app.MapPost(
                        "/asks",
                        async (IAuthorizationService policies, System.Security.Claims.ClaimsPrincipal user) =>
                            $"{(await policies.AuthorizeAsync(user, "a document", "read")).Succeeded}"
                    )
                    .RequireMcpOidc();
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scopes)));
        using var answer = await client.CallAsync(system.McpOrigin + "/asks", tokens.AccessToken);
        Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/elsewhere")]
    public async Task A_group_that_is_open_to_everyone_does_not_open_the_MCP_endpoint_in_it(string path)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.MapsMcp = false;
            options.Map = app => app.MapGroup("").AllowAnonymous().MapMcp(path).RequireMcpOidc("notes:read");
        });
        using var client = system.CreateClient();
        using var refused = await client.CallAsync(system.McpOrigin + path, null);
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Contains("notes:read", Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
    }

    private static string Completion(string reference) => $$"""{"argument":{"name":"id","value":"7"},"ref":{{reference}} }""";

    private static string Body(string method, string parameters) =>
        $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""";

    private async Task<HttpResponseMessage> SendAsync(string path, string? body, string? token)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, fixture.System.McpOrigin + path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await fixture.Client.Http.SendAsync(request);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly Dictionary<string, string> _tokens = [];
        private readonly Browser _browser = new();

        public TestSystem System { get; private set; } = null!;

        public OAuthClient Client { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            System = await TestSystem.StartAsync(options =>
            {
                options.Mcp = Add;
                options.Map = Map;
                options.Set("McpOidc:ResourceServer:UserClaims:0", "email");
            });
            Client = System.CreateClient();
            await Client.RegisterAsync();
        }

        public async Task<string> TokenAsync(string scopes)
        {
            if (!_tokens.TryGetValue(scopes, out var token))
            {
                token = (await Client.RedeemAsync(await Client.GetCodeAsync(_browser, ("scope", scopes)))).AccessToken;
                _tokens[scopes] = token;
            }

            return token;
        }

        public async Task DisposeAsync()
        {
            Client.Dispose();
            _browser.Dispose();
            await System.DisposeAsync();
        }

        private static void Add(WebApplicationBuilder builder)
        {
            // As in an application with its own sign-in.
            builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
            builder
                .Services.AddAuthorizationBuilder()
                .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
                .AddPolicy("read", policy => policy.AddAuthenticationSchemes("McpOidc").RequireScope("notes:read"))
                .AddPolicy("write", policy => policy.AddAuthenticationSchemes("McpOidc").RequireScope("notes:write"))
                .AddPolicy("premium", policy => policy.AddAuthenticationSchemes("McpOidc").RequireClaim("plan", "premium"));
            builder
                .Services.AddControllers()
                .AddApplicationPart(typeof(NotesController).Assembly)
                .ConfigureApplicationPartManager(parts => parts.FeatureProviders.Add(new OnlyNotes()));
            builder
                .Services.AddMcpServer()
                .WithTools<NoteTools>()
                .WithPrompts<NotePrompts>()
                .WithResources<NoteResources>()
                .WithCompleteHandler((_, _) => new(new CompleteResult()));
        }

        private static void Map(WebApplication app)
        {
            app.MapControllers();
            app.MapGet("/minimal", [RequireScopes("notes:read")] () => "ok");
            app.MapGroup("/group")
                .WithMetadata(new RequireScopesAttribute("notes:write"))
                .MapGet("/minimal", [RequireScopes("notes:read")] () => "ok");
            app.MapGet("/policy", () => "ok").RequireAuthorization("read");
            app.MapGet("/cookie-last", () => "ok")
                .RequireAuthorization(policy => policy.AddAuthenticationSchemes("McpOidc", "Cookies").RequireScope("notes:read"));
            app.MapGet("/cookie-first", () => "ok")
                .RequireAuthorization(policy => policy.AddAuthenticationSchemes("Cookies", "McpOidc").RequireScope("notes:read"));
            app.MapGet("/both", [RequireScopes("notes:write")] () => "ok").RequireMcpOidc("notes:read");
            app.MapGet("/premium", () => "ok").RequireMcpOidc().RequireAuthorization("premium");
            app.MapGet("/by-email", (HttpContext http) => http.User.FindFirst("email")?.Value)
                .RequireMcpOidc()
                .RequireAuthorization(policy => policy.RequireClaim("email"));
        }
    }

    /// <summary>Limits the application to one controller, because this assembly also contains controllers of other tests.</summary>
    private sealed class OnlyNotes : Microsoft.AspNetCore.Mvc.Controllers.ControllerFeatureProvider
    {
        protected override bool IsController(global::System.Reflection.TypeInfo typeInfo) => typeInfo == typeof(NotesController);
    }

    [Route("controller")]
    public sealed class NotesController : ControllerBase
    {
        [HttpGet, RequireScopes("notes:read")]
        public IActionResult Read() => Content("ok");

        [HttpGet("write"), RequireScopes("notes:read", "notes:write")]
        public IActionResult Write() => Content("ok");

        [HttpGet("policy"), Authorize(Policy = "write")]
        public IActionResult ByPolicy() => Content("ok");

        [HttpGet("premium"), Authorize(Policy = "premium")]
        public IActionResult Premium() => Content("ok");
    }

    [McpServerToolType]
    private sealed class NoteTools
    {
        [McpServerTool(Name = "note_tool"), Description("Reads."), RequireScopes("notes:read")]
        public static string Read() => "ok";
    }

    [McpServerPromptType]
    private sealed class NotePrompts
    {
        [McpServerPrompt(Name = "note_prompt"), Description("Reads."), RequireScopes("notes:read")]
        public static ChatMessage Read() => new(ChatRole.User, "ok");
    }

    [McpServerResourceType, RequireScopes("notes:write")]
    private sealed class NoteResources
    {
        [McpServerResource(UriTemplate = "notes://all", Name = "all"), Description("All.")]
        public static TextResourceContents All() => new() { Uri = "notes://all", Text = "ok" };

        [McpServerResource(UriTemplate = "notes://one/{id}", Name = "one"), Description("One."), RequireScopes("notes:read")]
        public static TextResourceContents One(string id) => new() { Uri = $"notes://one/{id}", Text = id };
    }
}
