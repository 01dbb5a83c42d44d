using System.Diagnostics;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;

namespace McpOidc.Tests.Samples;

/// <summary>samples/node-server, next to an authorization server with which it shares neither store nor secret.</summary>
public sealed class NodeSampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-node-sample-").FullName;
    private readonly string _resource = $"http://localhost:{Loopback.FreePort()}/mcp";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NodeFact]
    public async Task A_person_signs_in_a_tool_calls_the_API_as_her_and_calls_after_sign_out_are_refused_immediately()
    {
        await using var system = await StartSystemAsync();
        await using var program = await StartAsync(system);

        await using var client = await SdkClient.ConnectAsync(_resource);
        Assert.StartsWith("alice@example.com by ", await client.CallAsync("whoami"), StringComparison.Ordinal);
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile"), StringComparison.Ordinal);

        using var other = new OAuthClient(system.Issuer, _resource);
        using var browser = new Browser();
        var tokens = await other.SignInAsync(browser);
        Assert.NotEqual(401, await CallAsync(other, tokens.AccessToken));
        Assert.Equal(200, (await other.PostAsync("/token/revocation", [("token", tokens.RefreshToken)])).Status);
        Assert.Equal(401, await CallAsync(other, tokens.AccessToken));
    }

    [NodeFact]
    public async Task A_token_for_another_server_is_refused()
    {
        await using var system = await StartSystemAsync();
        await using var program = await StartAsync(system);
        using var client = system.CreateClient();
        using var browser = new Browser();
        Assert.Equal(401, await CallAsync(client, (await client.SignInAsync(browser)).AccessToken));
    }

    [NodeFact]
    public void The_sample_runs_with_the_packages_that_it_pins()
    {
        var pins = JsonNode.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, "samples", "node-server", "package.json")))![
            "dependencies"
        ]!.AsObject();
        Assert.Equal(3, pins.Count);
        Assert.All(
            pins,
            pin =>
                Assert.Equal(
                    pin.Value!.ToString(),
                    JsonNode.Parse(File.ReadAllText(Path.Combine(NodeRequirement.ModulesFolder, pin.Key, "package.json")))![
                        "version"
                    ]!.ToString()
                )
        );
    }

    [NodeFact]
    public async Task A_client_that_knows_only_the_MCP_origin_can_register_sign_in_refresh_and_call()
    {
        await using var system = await StartSystemAsync();
        await using var program = await StartAsync(system);
        var origin = new Uri(_resource).GetLeftPart(UriPartial.Authority);
        using var client = new OAuthClient(origin, _resource);
        await client.RegisterAsync();
        using var browser = new Browser();

        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, tokens.Status);
        var refreshed = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);
        Assert.NotEqual(401, await CallAsync(client, refreshed.AccessToken));

        client.ClientId = "never-registered";
        Assert.Equal(400, (int)(await client.Http.GetAsync(client.AuthorizeUrl())).StatusCode);
    }

    [NodeFact]
    public async Task The_sample_has_everything_that_mcpRoutes_of_the_npm_package_had()
    {
        await using var system = await StartSystemAsync();
        await using var program = await StartAsync(system);
        var origin = new Uri(_resource).GetLeftPart(UriPartial.Authority);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Origin", "https://web-client.example");

        Assert.Equal("ok", JsonNode.Parse(await http.GetStringAsync(origin + "/health"))!["status"]!.ToString());
        foreach (var path in new[] { "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp" })
        {
            var metadata = JsonNode.Parse(await http.GetStringAsync(origin + path))!;
            Assert.Equal(_resource, metadata["resource"]!.ToString());
            Assert.Equal(system.Issuer, metadata["authorization_servers"]![0]!.ToString());
            Assert.Contains("email", metadata["scopes_supported"]!.AsArray().Select(scope => scope!.ToString()));
        }

        using var refused = await http.PostAsync(_resource, content: null);
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Equal("*", refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("WWW-Authenticate", refused.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
    }

    private Task<TestSystem> StartSystemAsync() =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:Resources:1:Uri", _resource);
            options.AddClient(
                0,
                "mcp-node",
                key: null,
                ("GrantTypes:0", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("ResourceServer", _resource)
            );
        });

    private async Task<int> CallAsync(OAuthClient client, string accessToken)
    {
        using var response = await client.CallAsync(_resource, accessToken);
        return (int)response.StatusCode;
    }

    // In a copy, with the interoperability tests' packages: nothing more is downloaded from npm.
    private Task<ProgramProcess> StartAsync(TestSystem system)
    {
        var program = NodeRequirement.RequireProgram();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "samples", "node-server"), "*.*js*"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder, "node_modules"), NodeRequirement.ModulesFolder);
        return ProgramProcess.StartAsync(
            new ProcessStartInfo(program, ["server.mjs"]) { WorkingDirectory = _folder },
            new Uri(_resource),
            new Dictionary<string, string>
            {
                ["RESOURCE"] = _resource,
                ["AUTHORITY"] = system.Issuer,
                ["UPSTREAM_API"] = system.Idp!.Issuer + "/userinfo",
                ["CLIENT_ID"] = "mcp-node",
                ["CLIENT_SECRET"] = ConfiguredClients.Secret,
            }
        );
    }
}
