using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Protection;

/// <summary>Several MCP endpoints in one process, each a separate resource.</summary>
public sealed class SeveralResourcesTests
{
    private static readonly string[] s_names = ["first", "second", "third"];

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task A_token_is_valid_only_for_the_resource_that_it_names(bool standalone, bool hasDefault)
    {
        await using var system = await StartAsync(standalone, hasDefault);
        // The identifier, the URL to call, and the required scope.
        List<(string Resource, string Url, string Scope)> resources =
        [
            .. s_names.Select(name => (Url(system, name), Url(system, name), $"{name}:use")),
        ];
        if (hasDefault)
        {
            resources.Add((system.Resource, system.McpOrigin + "/echo", "openid"));
        }

        foreach (var one in resources)
        {
            var token = await SignInAsync(system, one.Resource, one.Scope);
            foreach (var other in resources)
            {
                using var client = new OAuthClient(system.Issuer, one.Resource);
                using var answer = await client.CallAsync(other.Url, token, HttpMethod.Post);
                Assert.Equal(one == other ? 200 : 401, (int)answer.StatusCode);
                Assert.Equal(one == other, answer.Headers.WwwAuthenticate.Count == 0);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_challenge_of_a_resource_names_its_own_metadata_and_scopes(bool standalone)
    {
        await using var system = await StartAsync(standalone, hasDefault: true);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        foreach (var name in s_names)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Put })
            {
                using var answer = await http.SendAsync(new HttpRequestMessage(method, Url(system, name)));
                Assert.Equal(401, (int)answer.StatusCode);
                var challenge = Assert.Single(answer.Headers.WwwAuthenticate).Parameter!;
                var url = $"{system.McpOrigin}/.well-known/oauth-protected-resource/{name}/mcp";
                Assert.Contains($"resource_metadata=\"{url}\"", challenge, StringComparison.Ordinal);
                if (method != HttpMethod.Put)
                {
                    Assert.Contains($"{name}:use", challenge, StringComparison.Ordinal);
                }

                Assert.All(
                    s_names.Where(other => other != name),
                    other => Assert.DoesNotContain(other, challenge, StringComparison.Ordinal)
                );
                var metadata = (await http.GetFromJsonAsync<JsonObject>(url))!;
                Assert.Equal(Url(system, name), metadata["resource"]!.GetValue<string>());
                Assert.Equal($"The {name} server", metadata["resource_name"]!.GetValue<string>());
                var scopes = metadata["scopes_supported"]!.AsArray().Select(scope => scope!.GetValue<string>()).ToList();
                Assert.Contains($"{name}:use", scopes);
                Assert.All(s_names.Where(other => other != name), other => Assert.DoesNotContain($"{other}:use", scopes));
            }
        }
    }

    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 404)]
    public async Task The_root_metadata_path_serves_only_the_unnamed_resource(bool hasDefault, int status)
    {
        await using var system = await StartAsync(standalone: false, hasDefault);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        using var answer = await http.GetAsync(system.McpOrigin + "/.well-known/oauth-protected-resource");
        Assert.Equal(status, (int)answer.StatusCode);
        if (hasDefault)
        {
            Assert.Equal(system.Resource, (await answer.Content.ReadFromJsonAsync<JsonObject>())!["resource"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task The_consent_page_names_the_requested_resource()
    {
        await using var system = await StartAsync(standalone: false, hasDefault: true);
        using var client = new OAuthClient(system.Issuer, Url(system, "second"));
        using var browser = new Browser();
        await client.RegisterAsync();
        var page = await client.OpenConsentAsync(browser);
        Assert.Contains("The second server", page.Html!, StringComparison.Ordinal);
        Assert.DoesNotContain("The first server", page.Html!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_scheme_of_a_resource_accepts_its_tokens_wherever_an_endpoint_is_mapped()
    {
        await using var system = await StartAsync(
            standalone: false,
            hasDefault: true,
            app =>
            {
                app.MapGet("/elsewhere", () => "ok")
                    .RequireAuthorization(policy => policy.AddAuthenticationSchemes("second").RequireAuthenticatedUser());
                app.MapGet("/said", () => "ok").RequireMcpOidc().ForResource("second");
                app.MapGet(
                    "/result",
                    async (HttpContext http) => $"{(await http.AuthenticateAsync("second")).Ticket?.AuthenticationScheme}"
                );
            }
        );
        using var client = new OAuthClient(system.Issuer, Url(system, "second"));
        var (second, first) = (await SignInAsync(system, Url(system, "second")), await SignInAsync(system, Url(system, "first")));
        foreach (var path in new[] { "/elsewhere", "/said" })
        {
            Assert.Equal(200, (int)(await client.CallAsync(system.McpOrigin + path, second, HttpMethod.Get)).StatusCode);
            using var refused = await client.CallAsync(system.McpOrigin + path, first, HttpMethod.Get);
            Assert.Equal(401, (int)refused.StatusCode);
            Assert.Contains("/second/mcp", Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
        }

        Assert.Equal(
            "second",
            await (await client.CallAsync(system.McpOrigin + "/result", second, HttpMethod.Get)).Content.ReadAsStringAsync()
        );
    }

    [Fact]
    public async Task An_endpoint_with_an_ambiguous_resource_prevents_startup_with_an_error_that_names_the_missing_call()
    {
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            StartAsync(standalone: true, hasDefault: false, app => app.MapGet("/elsewhere", () => "ok").RequireMcpOidc())
        );
        Assert.Contains("ForResource(name)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("first, second, third", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_resource_name_prevents_the_start()
    {
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            StartAsync(standalone: true, hasDefault: true, app => app.MapGet("/x", () => "ok").RequireMcpOidc().ForResource("fourth"))
        );
        Assert.Contains("McpOidc:ResourceServer:Resources:fourth:Resource", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resources_with_the_same_path_on_several_hosts_have_their_own_metadata()
    {
        await using var system = await StartAsync(
            standalone: false,
            hasDefault: false,
            app =>
            {
                app.MapPost("/mcp/a", () => "a").RequireMcpOidc().ForResource("a");
                app.MapPost("/mcp/b", () => "b").RequireMcpOidc().ForResource("b");
            },
            options =>
            {
                options.Set("McpOidc:ResourceServer:Resources:a:Resource", "https://a.example/mcp");
                options.Set("McpOidc:ResourceServer:Resources:b:Resource", "https://b.example/mcp");
            }
        );
        foreach (var host in new[] { "a.example", "b.example" })
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30), DefaultRequestHeaders = { Host = host } };
            var metadata = (await http.GetFromJsonAsync<JsonObject>(system.McpOrigin + "/.well-known/oauth-protected-resource/mcp"))!;
            Assert.Equal($"https://{host}/mcp", metadata["resource"]!.GetValue<string>());
            using var refused = await http.PostAsync($"{system.McpOrigin}/mcp/{host[0]}", null);
            Assert.Contains(
                $"https://{host}/.well-known",
                Assert.Single(refused.Headers.WwwAuthenticate).Parameter!,
                StringComparison.Ordinal
            );
        }
    }

    private static async Task<string> SignInAsync(TestSystem system, string resource, string scope = "openid")
    {
        using var client = new OAuthClient(system.Issuer, resource);
        using var browser = new Browser();
        await client.RegisterAsync();
        return (await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope)))).AccessToken;
    }

    private static string Url(TestSystem system, string name) => $"{system.McpOrigin}/{name}/mcp";

    private static Task<TestSystem> StartAsync(
        bool standalone,
        bool hasDefault,
        Action<WebApplication>? map = null,
        Action<TestSystemOptions>? configure = null
    ) =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            var origin = $"http://localhost:{(standalone ? options.McpPort : options.ServerPort)}";
            foreach (var (name, i) in s_names.Select((name, i) => (name, i)))
            {
                options.Set($"McpOidc:ResourceServer:Resources:{name}:Resource", $"{origin}/{name}/mcp");
                options.Set($"McpOidc:ResourceServer:Resources:{name}:Name", $"The {name} server");
                options.Set($"McpOidc:Resources:{i + 1}:Uri", $"{origin}/{name}/mcp");
                options.Set($"McpOidc:Resources:{i + 1}:Name", $"The {name} server");
            }

            if (!hasDefault)
            {
                options.MapsMcp = false;
                options.Set("McpOidc:ResourceServer:Resource", "");
            }

            options.Map = app =>
            {
                foreach (var name in s_names)
                {
                    app.MapMethods($"/{name}/mcp", ["GET", "POST"], () => name).RequireMcpOidc($"{name}:use");
                }

                map?.Invoke(app);
            };
            configure?.Invoke(options);
        });
}
