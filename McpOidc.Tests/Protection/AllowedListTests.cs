using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary>Lists that omit what the caller may not use (<c>ListAllowedOnly</c>).</summary>
public sealed class AllowedListTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly Browser _browser = new();
    private TestSystem _system = null!;
    private OAuthClient _client = null!;
    private string? _session;

    public static TheoryData<string, string, bool, bool> Lists
    {
        get
        {
            var data = new TheoryData<string, string, bool, bool>();
            (string Method, string Name)[] lists =
            [
                ("tools/list", "hidden_tool"),
                ("prompts/list", "hidden_prompt"),
                ("resources/list", "hidden://all"),
                ("resources/templates/list", "hidden://one/{id}"),
            ];
            foreach (var (method, name) in lists)
            {
                data.Add(method, name, true, false);
                data.Add(method, name, true, true);
                data.Add(method, name, false, false);
            }

            return data;
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_is_filtered_to_what_the_caller_may_use_if_that_is_enabled_and_is_complete_otherwise(
        string method,
        string name,
        bool isSet,
        bool isAllowed
    )
    {
        await StartAsync(isSet, stateless: true);
        var list = await AskAsync(method, await TokenAsync(isAllowed ? "openid hidden:use" : "openid"));
        Assert.Equal(isAllowed || !isSet, list.Contains(name, StringComparison.Ordinal));
        Assert.Contains("open", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_notified_when_its_client_gains_or_loses_access()
    {
        await StartAsync(isSet: true, stateless: false);
        var (less, more) = (await TokenAsync("openid"), await TokenAsync("openid hidden:use"));
        await AskAsync(
            "initialize",
            less,
            """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"old","version":"1"}}"""
        );
        Assert.NotNull(_session);
        Assert.DoesNotContain("hidden_tool", await AskAsync("tools/list", less), StringComparison.Ordinal);

        using var listening = await SendAsync(HttpMethod.Get, null, less);
        Assert.Equal(200, (int)listening.StatusCode);
        using var news = new StreamReader(await listening.Content.ReadAsStreamAsync());
        Assert.Contains("hidden_tool", await AskAsync("tools/list", more), StringComparison.Ordinal);
        foreach (var kind in new[] { "tools", "prompts", "resources" })
        {
            await WaitForAsync(news, $"notifications/{kind}/list_changed");
        }

        // Unchanged lists send no notification: the next one is for the change after that.
        await AskAsync("tools/list", more);
        await AskAsync("tools/list", less);
        await WaitForAsync(news, "notifications/tools/list_changed");
    }

    private static async Task WaitForAsync(StreamReader news, string notification)
    {
        while (await news.ReadLineAsync().WaitAsync(s_patience) is { } line)
        {
            if (line.Contains(notification, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The stream ended without {notification}.");
    }

    private async Task StartAsync(bool isSet, bool stateless)
    {
        _system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:ResourceServer:ListAllowedOnly", $"{isSet}");
            options.Mcp = builder =>
            {
                builder.Services.Configure<HttpServerTransportOptions>(transport => transport.Stateless = stateless);
                builder.Services.AddMcpServer().WithTools<Tools>().WithPrompts<Prompts>().WithResources<Resources>();
            };
        });
        _client = _system.CreateClient();
        await _client.RegisterAsync();
    }

    private async Task<string> TokenAsync(string scopes) =>
        (await _client.RedeemAsync(await _client.GetCodeAsync(_browser, ("scope", scopes)))).AccessToken;

    private async Task<string> AskAsync(string method, string token, string parameters = "{}")
    {
        using var answer = await SendAsync(
            HttpMethod.Post,
            $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""",
            token
        );
        Assert.Equal(200, (int)answer.StatusCode);
        _session ??= answer.Headers.TryGetValues("Mcp-Session-Id", out var session) ? session.Single() : null;
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string? body, string token)
    {
        using var request = new HttpRequestMessage(method, _system.Resource)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd(body is null ? "text/event-stream" : "application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (_session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", _session);
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        }

        using var limit = new CancellationTokenSource(s_patience);
        return await _client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
    }

    [McpServerToolType]
    private sealed class Tools
    {
        [McpServerTool(Name = "open_tool")]
        public static string Open() => "ok";

        [McpServerTool(Name = "hidden_tool"), RequireScopes("hidden:use")]
        public static string Hidden() => "ok";
    }

    [McpServerPromptType]
    private sealed class Prompts
    {
        [McpServerPrompt(Name = "open_prompt")]
        public static string Open() => "ok";

        [McpServerPrompt(Name = "hidden_prompt"), RequireScopes("hidden:use")]
        public static string Hidden() => "ok";
    }

    [McpServerResourceType]
    private sealed class Resources
    {
        [McpServerResource(UriTemplate = "open://all", Name = "open")]
        public static TextResourceContents Open() => new() { Uri = "open://all", Text = "ok" };

        [McpServerResource(UriTemplate = "open://one/{id}", Name = "open one")]
        public static TextResourceContents OpenOne(string id) => new() { Uri = $"open://one/{id}", Text = "ok" };

        [McpServerResource(UriTemplate = "hidden://all", Name = "hidden"), RequireScopes("hidden:use")]
        public static TextResourceContents Hidden() => new() { Uri = "hidden://all", Text = "ok" };

        [McpServerResource(UriTemplate = "hidden://one/{id}", Name = "hidden one"), RequireScopes("hidden:use")]
        public static TextResourceContents HiddenOne(string id) => new() { Uri = $"hidden://one/{id}", Text = "ok" };
    }
}
