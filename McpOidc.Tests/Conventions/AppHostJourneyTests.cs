using McpOidc.DevIdp;
using McpOidc.Tests.Faults;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Configuration;

namespace McpOidc.Tests.Conventions;

/// <summary>
/// The journey of the harness without Aspire: both programs as processes, with the environment that the AppHost gives them, on ports of
/// their own behind the addresses that people see. The demo identity provider stands for Keycloak.
/// </summary>
public sealed class AppHostJourneyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-apphost-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Without_containers_a_person_signs_in_and_a_tool_answers() => JourneyAsync(containers: false);

    [RedisFact]
    public async Task With_Redis_a_person_signs_in_and_a_tool_answers()
    {
        await using var redis = await RedisServer.StartAsync();
        // Neither server may want to write a file: containers run with a read-only file system.
        var nowhere = Path.Combine(_folder, "nowhere");
        await JourneyAsync(containers: true, ("ConnectionStrings__redis", redis.ConnectionString), ("TMPDIR", nowhere), ("HOME", nowhere));
        Assert.Equal(["auth.log", "mcp.log"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private async Task JourneyAsync(bool containers, params (string Name, string Value)[] references)
    {
        var (issuer, resource, idp) = (Origin(), Origin(), Origin());
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["issuer"] = issuer,
            ["resource"] = resource + "/mcp",
            ["secret"] = new string('s', 48),
            ["operatorKey"] = new string('k', 48),
            ["file"] = Path.Combine(_folder, ".data", "mcpoidc.db"),
            ["idp.Issuer"] = idp,
        };
        await using var provider = await StartDemoProviderAsync(idp);
        await using var auth = await StartAsync("auth", "McpOidc.AuthServer.dll", AppHostEnvironment.Of("auth", containers, values), references);
        await using var mcp = await StartAsync("mcp", "McpOidc.McpServer.dll", AppHostEnvironment.Of("mcp", containers, values), references);
        await using var beforeAuth = await LoadBalancer.StartAsync(new Uri(issuer).Port, auth.Origin);
        await using var beforeMcp = await LoadBalancer.StartAsync(new Uri(resource).Port, mcp.Origin);

        await using var client = await SdkClient.ConnectAsync(resource + "/mcp");
        Assert.Contains("alice", await client.CallAsync("whoami"), StringComparison.Ordinal);
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile"), StringComparison.Ordinal);
        await RevokeEverythingAsync(issuer, values["operatorKey"]);
    }

    private static async Task RevokeEverythingAsync(string issuer, string key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, issuer + "/admin/sessions/revoke-all") { Headers = { Authorization = new("Bearer", key) } };
        using var answer = await http.SendAsync(request);
        Assert.Equal("{\"revoked\":1}", await answer.Content.ReadAsStringAsync());
    }

    // With the environment that the AppHost gives to it where no containers run; the port is this test's.
    private static Task<DevIdpInstance> StartDemoProviderAsync(string issuer)
    {
        var environment = AppHostEnvironment.Of("idp", containers: false, new Dictionary<string, string> { ["issuer"] = issuer });
        Assert.Equal(["DevIdp__ClientId", "DevIdp__ClientSecret", "DevIdp__Issuer"], environment.Keys.Order(StringComparer.Ordinal));
        var settings = new ConfigurationBuilder().AddInMemoryCollection(environment.Select(pair => new KeyValuePair<string, string?>(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value))).Build();
        return DevIdpHost.StartAsync("Development", options => settings.GetSection("DevIdp").Bind(options), CancellationToken.None);
    }

    private async Task<ServerProcess> StartAsync(string name, string program, Dictionary<string, string> environment, (string Name, string Value)[] references)
    {
        foreach (var (variable, value) in references)
        {
            environment[variable] = value;
        }

        var process = new ServerProcess(name, program, Loopback.FreePort(), TimeSpan.Zero, environment, _folder);
        await process.StartAsync();
        return process;
    }

    private static string Origin() => $"http://localhost:{Loopback.FreePort()}";
}
