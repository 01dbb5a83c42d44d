using System.Text.Json.Nodes;
using McpOidc.Doctor;

namespace McpOidc.Tests.Doctor;

/// <summary>An MCP server whose metadata does not lead clients to the authorization server.</summary>
public sealed class ResourceFaultTests
{
    [Fact]
    public async Task A_resource_named_differently_from_the_URL_that_people_type_is_a_problem()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ResourceMetadata["resource"] = server.Resource + "/";
        (await RunAsync(server)).Problem(
            $"resource {server.Resource}",
            "clients compare the exact text",
            "McpOidc__ResourceServer__Resource"
        );
        server.ResourceMetadata["resource"] = "https://other.example.com/mcp";
        (await RunAsync(server)).Problem(
            $"resource {server.Resource}",
            "https://other.example.com/mcp",
            "McpOidc__ResourceServer__Resource"
        );
    }

    [Fact]
    public async Task An_issuer_with_a_trailing_slash_is_a_problem()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ResourceMetadata["authorization_servers"] = new JsonArray(server.Site.Origin + "/");
        (await RunAsync(server)).Problem($"resource {server.Resource}", $"'{server.Site.Origin}/'", "McpOidc__Authority", "slash");
        server.ResourceMetadata.Remove("authorization_servers");
        (await RunAsync(server)).Problem($"resource {server.Resource}", "no authorization server", "McpOidc__Authority");
    }

    [Fact]
    public async Task Resource_metadata_that_is_not_found_is_a_problem()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers.Remove("GET /.well-known/oauth-protected-resource/mcp");
        (await RunAsync(server)).Problem(
            $"resource {server.Resource}",
            "answers 404",
            "/.well-known/oauth-protected-resource",
            "MapMcpOidc()"
        );
    }

    [Fact]
    public async Task A_server_that_requires_no_token_is_a_problem()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers["POST /mcp"] = _ => StandIn.Document(new JsonObject { ["result"] = new JsonObject() });
        (await RunAsync(server)).Problem($"resource {server.Resource}", "not protected", "RequireMcpOidc()");
    }

    [Fact]
    public async Task A_resource_path_without_an_endpoint_is_a_problem()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers.Remove("POST /mcp");
        (await RunAsync(server)).Problem($"resource {server.Resource}", "no MCP endpoint", "McpOidc__Resources__0__Uri");
    }

    [Fact]
    public async Task A_challenge_without_a_metadata_URL_and_offline_access_in_the_metadata_are_warnings()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Challenge = "Bearer";
        server.ResourceMetadata["scopes_supported"] = new JsonArray("offline_access");
        var report = await RunAsync(server);
        report.Warning($"resource {server.Resource}", "WWW-Authenticate");
        report.Warning($"resource {server.Resource}", "offline_access");
    }

    [Fact]
    public async Task A_resource_that_cannot_be_reached_from_here_is_a_warning()
    {
        var settings = Examine.Settings();
        (await Examine.RunAsync(settings)).Warning($"resource {settings["McpOidc:Resources:0:Uri"]}", "refuses connections");
    }

    [Fact]
    public async Task A_resource_that_is_set_up_correctly_is_ok()
    {
        await using var server = await StandInMcpServer.StartAsync();
        (await RunAsync(server)).Ok($"resource {server.Resource}");
    }

    private static Task<DoctorReport> RunAsync(StandInMcpServer server)
    {
        var settings = Examine.Settings();
        settings["McpOidc:Issuer"] = server.Site.Origin;
        settings["McpOidc:Resources:0:Uri"] = server.Resource;
        return Examine.RunAsync(settings);
    }
}
