using System.Net;

namespace McpOidc.Tests.Hosting;

/// <summary>An issuer with a path next to an MCP server at the root, in one process.</summary>
public sealed class IssuerPathTests
{
    [Fact]
    public async Task The_authorization_server_does_not_respond_outside_the_path_of_the_issuer()
    {
        await using var system = await StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        string[] paths =
        [
            "/authorize",
            "/authorize?client_id=x&response_type=code",
            "/session/end",
            "/oauth/consent?id=x",
            "/oauth/callback?code=x",
            "/register/x",
            "/token",
            "/unknown",
        ];
        foreach (var path in paths)
        {
            using var answer = await http.GetAsync(system.McpOrigin + path);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{path}: {(int)answer.StatusCode}");
        }

        using var registration = await http.PostAsync(system.McpOrigin + "/register", content: null);
        Assert.Equal(HttpStatusCode.NotFound, registration.StatusCode);
    }

    [Theory]
    [InlineData("/auth/authorize", HttpStatusCode.BadRequest)]
    [InlineData("/AUTH/authorize", HttpStatusCode.BadRequest)]
    [InlineData("/auth/session/end", HttpStatusCode.OK)]
    [InlineData("/mcp", HttpStatusCode.Unauthorized)]
    public async Task All_endpoints_below_the_issuer_path_and_at_the_MCP_server_respond(string path, HttpStatusCode expected)
    {
        await using var system = await StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(system.McpOrigin + path);
        Assert.Equal(expected, answer.StatusCode);
    }

    private static Task<TestSystem> StartAsync() =>
        TestSystem.StartAsync(options => options.Set("McpOidc:Issuer", $"http://localhost:{options.ServerPort}/auth"));
}
