using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary><c>[RequireScopes]</c> on tools, in both modes, without any settings.</summary>
public sealed class ToolScopeTests(ToolScopeTests.Modes modes) : IClassFixture<ToolScopeTests.Modes>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_without_a_scope_gets_one_403_with_all_required_scopes_and_the_metadata_URL(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var response = await PostAsync(signedIn, Call("write_file"));
        Assert.Equal(403, (int)response.StatusCode);
        var challenge = Assert.Single(response.Headers.WwwAuthenticate).Parameter!;
        Assert.Contains("error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
        Assert.Contains(
            $"resource_metadata=\"{signedIn.System.McpOrigin}/.well-known/oauth-protected-resource/mcp\"",
            challenge,
            StringComparison.Ordinal
        );
        Assert.Equal(["email", "files:read", "files:write", "openid", "profile"], ScopesOf(challenge));
        Assert.Equal(200, await StatusAsync(signedIn, Call("open_tool")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_tool_runs_with_all_its_scopes_and_not_with_only_some_of_them(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var reader = await TokenAsync(signedIn, "openid files:read");
        Assert.Equal(200, await StatusAsync(signedIn, Call("read_file"), reader));
        Assert.Equal(403, await StatusAsync(signedIn, Call("write_file"), reader));
        var writer = await TokenAsync(signedIn, "openid files:read files:write");
        using var response = await PostAsync(signedIn, Call("write_file"), writer);
        Assert.Contains("written", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // Half of a surrogate pair is valid JSON but not valid text.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_whose_name_is_no_text_is_refused_and_is_no_fault(bool hasToken)
    {
        var signedIn = await modes.InAsync(standalone: false);
        foreach (var member in new[] { "name", "uri" })
        {
            var call = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"{{{member}}}":"\ud800"}}""";
            using var response = await PostAsync(signedIn, call, hasToken ? signedIn.Tokens.AccessToken : null);
            Assert.InRange((int)response.StatusCode, 200, 499);
        }
    }

    // offline_access is between client and authorization server only, and a token may carry it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_refusal_lists_the_scopes_the_call_needs_and_the_token_has_and_never_offline_access(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var token = await TokenAsync(signedIn, "openid offline_access email");
        Assert.Contains("offline_access", Jwt.Read(token)["scope"]!, StringComparison.Ordinal);
        using var response = await PostAsync(signedIn, Call("read_file"), token);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.Equal(["email", "files:read", "openid"], ScopesOf(Assert.Single(response.Headers.WwwAuthenticate).Parameter!));
    }

    // RS3, AS20: least privilege initially, and all scopes that a call needs once it is sent.
    [Fact]
    public async Task A_challenge_without_a_token_lists_the_scopes_of_the_call_and_not_the_whole_catalog()
    {
        var signedIn = await modes.InAsync(standalone: true);
        using var list = await PostAsync(signedIn, """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", token: null);
        Assert.Equal(["email", "openid", "profile"], ScopesOf(Assert.Single(list.Headers.WwwAuthenticate).Parameter!));
        using var call = await PostAsync(signedIn, Call("read_file"), token: null);
        Assert.Equal(401, (int)call.StatusCode);
        Assert.Equal(["email", "files:read", "openid", "profile"], ScopesOf(Assert.Single(call.Headers.WwwAuthenticate).Parameter!));
    }

    // Clients request all scopes in the resource's metadata: these are the minimal set, the same as in challenges (MCP 2026-07-28).
    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, "PublishAllScopes")]
    [InlineData(true, "AskForAllScopesAtOnce")]
    public async Task The_resource_lists_the_initial_scopes_and_the_authorization_server_lists_all(bool standalone, string? setting)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            Modes.Configure(options, standalone);
            options.Set($"McpOidc:ResourceServer:{setting ?? "Name"}", setting is null ? "Tools" : "true");
        });
        string[] begin = ["email", "openid", "profile"];
        string[] all = [.. begin, "files:read", "files:write"];
        Assert.Equal(
            (setting is null ? begin : all).Order(StringComparer.Ordinal),
            await ScopesAsync(system.McpOrigin + "/.well-known/oauth-protected-resource/mcp")
        );
        var known = await ScopesAsync(system.Issuer + "/.well-known/oauth-authorization-server");
        Assert.Equal(all.Append("offline_access").Order(StringComparer.Ordinal), known);

        // A client that requests no scopes gets this set.
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var granted = (await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", null))))["scope"]!;
        Assert.Equal(
            (setting == "AskForAllScopesAtOnce" ? all : begin).Order(StringComparer.Ordinal),
            granted.Split(' ').Order(StringComparer.Ordinal)
        );
    }

    // Clients that do not support step-up get all scopes at their first sign-in, regardless of what they request, and keep them.
    [Theory]
    [InlineData("MCP CLI Proxy", null, true)]
    [InlineData("MCP CLI Proxy", "openid email", true)]
    [InlineData("mcp cli proxy", "openid nonsense", true)]
    [InlineData("Old editor", "openid", true)]
    [InlineData("Old editor 2", "openid", false)]
    public async Task A_client_that_never_asks_for_more_scopes_gets_all_scopes_at_once(string name, string? scope, bool gets)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            Modes.Configure(options, standalone: true);
            options.Set("McpOidc:Registration:AskForAllScopesAtOnce:0", "Old editor");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["client_name"] = name;
        await client.RegisterAsync(metadata);
        var page = await client.OpenConsentAsync(browser, ("scope", scope));
        Assert.Equal(gets, page.Html!.Contains("files:write", StringComparison.Ordinal));
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope)));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(gets, tokens["scope"]!.Split(' ').Contains("files:write"));
            tokens = await client.RefreshAsync(tokens.RefreshToken, ("scope", scope));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_consent_page_shows_the_titles_of_the_tools(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var client = signedIn.System.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var page = await client.OpenConsentAsync(browser, ("scope", "openid files:read files:write"));
        var text = System.Net.WebUtility.HtmlDecode(page.Html!);
        Assert.Contains("“Read a file”, “Write a file” (files:read)", text, StringComparison.Ordinal);
        Assert.Contains("“Write a file” (files:write)", text, StringComparison.Ordinal);
    }

    // However the SDK interprets the body, the scopes of every tool in it are required.
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open_tool","name":"write_file"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write_file","name":"open_tool"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open_tool"},"params":{"name":"write_file"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"write_file"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"Method":"tools/call","Params":{"Name":"write_file"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"name":"write\u005ffile"}}""")]
    [InlineData(
        """[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open_tool"}},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"write_file"}}]"""
    )]
    public async Task A_body_that_hides_the_tool_does_not_bypass_the_scope_check(string body)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await PostAsync(signedIn, body, headers: ("Mcp-Name", "open_tool"));
        Assert.Equal(403, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":7}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["write_file"]}}""")]
    public async Task A_message_that_is_not_a_tool_call_is_left_to_the_MCP_endpoint(string body)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await PostAsync(signedIn, body);
        Assert.True((int)response.StatusCode is 200 or 202 or 400, $"{response.StatusCode}");
        Assert.DoesNotContain("written", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_call_is_read_completely()
    {
        var signedIn = await modes.InAsync(standalone: false);
        var large =
            $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"x":"{{{new string('x', 2_000_000)}}}"},"name":"write_file"}}""";
        Assert.Equal(403, await StatusAsync(signedIn, large));
        Assert.Equal(200, await StatusAsync(signedIn, large.Replace("write_file", "open_tool", StringComparison.Ordinal)));
    }

    // The file system of a container may be read-only.
    [Fact]
    public async Task The_body_of_a_large_call_is_not_buffered_to_a_file()
    {
        var files = new ConcurrentQueue<string?>();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            Modes.Configure(options, standalone: false);
            options.Map = app =>
                app.Use(next =>
                    context =>
                    {
                        if (context.Request.Body is FileBufferingReadStream body)
                        {
                            files.Enqueue(body.TempFileName);
                        }

                        return next(context);
                    }
                );
        });
        Assert.Equal(
            200,
            await StatusAsync(
                signedIn,
                Call("open_tool").Replace("{}", $"{{\"x\":\"{new string('x', 2_000_000)}\"}}", StringComparison.Ordinal)
            )
        );
        Assert.Equal([null], files);
    }

    // RS7
    [Fact]
    public async Task A_scope_that_includes_others_is_sufficient()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            Modes.Configure(options, standalone: true);
            options.Set("McpOidc:Resources:0:Scopes:0", "files:all");
            options.Set("McpOidc:ResourceServer:ScopeHierarchy:0", "files:all > files:write");
            options.Set("McpOidc:ResourceServer:ScopeHierarchy:1", "files:write > files:read");
        });
        var all = await TokenAsync(signedIn, "openid files:all");
        Assert.Equal(200, await StatusAsync(signedIn, Call("write_file"), all));
        var reader = await TokenAsync(signedIn, "openid files:read");
        Assert.Equal(403, await StatusAsync(signedIn, Call("write_file"), reader));
    }

    // Clients that fail to step up: claude-code#44652, #68720, #28258.
    [Fact]
    public async Task Clients_that_do_not_ask_again_can_be_told_to_request_all_scopes_at_once()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            Modes.Configure(options, standalone: false);
            options.Set("McpOidc:ResourceServer:AskForAllScopesAtOnce", "true");
        });
        using var response = await PostAsync(signedIn, """{"jsonrpc":"2.0","id":1,"method":"initialize"}""", token: null);
        Assert.Equal(
            ["email", "files:read", "files:write", "openid", "profile"],
            ScopesOf(Assert.Single(response.Headers.WwwAuthenticate).Parameter!)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_CSharp_SDK_asks_the_person_again_and_continues(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        await using var client = await SdkClient.ConnectAsync(signedIn.System.Resource);
        Assert.Equal("open", await client.CallAsync("open_tool"));
        Assert.Equal(1, client.SignIns);
        Assert.Equal("written", await client.CallAsync("write_file"));
        Assert.Equal(2, client.SignIns);
        Assert.Equal("read", await client.CallAsync("read_file"));
        Assert.Equal(2, client.SignIns);
    }

    // The endpoint may have been mapped without RequireMcpOidc, so the tool itself checks again.
    [Fact]
    public async Task A_scoped_tool_on_an_open_endpoint_is_still_refused()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            Modes.Configure(options, standalone: false);
            options.Map = app => app.MapMcp("/open");
        });
        using var response = await PostAsync(signedIn, Call("write_file"), token: null, url: signedIn.System.McpOrigin + "/open");
        var body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("written", body, StringComparison.Ordinal);
        Assert.Contains("error", body, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<IEnumerable<string>> ScopesAsync(string url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        return (await http.GetFromJsonAsync<JsonObject>(new Uri(url)))!["scopes_supported"]!
            .AsArray()
            .Select(scope => scope!.ToString())
            .Order(StringComparer.Ordinal);
    }

    private static string Call(string tool) =>
        $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{},"name":"{{tool}}" } }""";

    private static string[] ScopesOf(string challenge) =>
        [.. challenge.Split("scope=\"")[1].Split('"')[0].Split(' ').Order(StringComparer.Ordinal)];

    private static async Task<int> StatusAsync(SignedInSystem signedIn, string body, string? token = "")
    {
        using var response = await PostAsync(signedIn, body, token);
        return (int)response.StatusCode;
    }

    private static async Task<HttpResponseMessage> PostAsync(
        SignedInSystem signedIn,
        string body,
        string? token = "",
        string? url = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url ?? signedIn.System.Resource)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = token is null
            ? null
            : new AuthenticationHeaderValue("Bearer", token.Length > 0 ? token : signedIn.Tokens.AccessToken);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await signedIn.Client.Http.SendAsync(request);
    }

    private static async Task<string> TokenAsync(SignedInSystem signedIn, string scope) =>
        (await signedIn.Client.RedeemAsync(await signedIn.Client.GetCodeAsync(signedIn.Browser, ("scope", scope)))).AccessToken;

    /// <summary>Both modes, with the file tools.</summary>
    public sealed class Modes : IAsyncLifetime
    {
        private readonly Lazy<Task<SignedInSystem>> _integrated = new(() =>
            SignedInSystem.StartAsync(options => Configure(options, standalone: false))
        );
        private readonly Lazy<Task<SignedInSystem>> _standalone = new(() =>
            SignedInSystem.StartAsync(options => Configure(options, standalone: true))
        );

        public Task<SignedInSystem> InAsync(bool standalone) => standalone ? _standalone.Value : _integrated.Value;

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            foreach (
                var system in new[] { _integrated, _standalone }.Where(system =>
                    system is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }
                )
            )
            {
                await (await system.Value).DisposeAsync();
            }
        }

        internal static void Configure(TestSystemOptions options, bool standalone)
        {
            options.Standalone = standalone;
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
        }
    }
}
