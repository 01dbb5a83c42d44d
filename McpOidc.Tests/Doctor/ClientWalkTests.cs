using System.Text.Json.Nodes;
using McpOidc.Doctor;
using McpOidc.Doctor.Walks;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Doctor;

/// <summary><c>doctor --client</c>: how far each known client gets, with our servers and with others.</summary>
public sealed class ClientWalkTests
{
    private static readonly string[] s_hosted = ["Claude.ai", "ChatGPT"];
    private static readonly string[] s_all = [.. KnownClients.All.Select(client => client.Name)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_client_reaches_the_sign_in_of_our_own_servers(bool standalone)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone);
        var report = await Examine.WalkAsync(system.Resource);
        Assert.Equal(
            [
                "Claude Code",
                "Claude.ai",
                "ChatGPT",
                "Codex",
                "Cursor",
                "VS Code",
                "Windsurf",
                "MCP Inspector",
                "mcp-remote",
                "TypeScript SDK 1",
                "TypeScript SDK 2",
                "C# SDK",
            ],
            report.Findings.Select(finding => finding.Check)
        );
        AssertOutcomes(report, DoctorOutcome.Ok, s_all.Except(s_hosted));
        AssertOutcomes(report, DoctorOutcome.Skipped, s_hosted);
        report.Ok("Claude Code", $"POST {system.Resource} 401", "client_id https://claude.ai/oauth/claude-code-client-metadata");
        report.Ok("mcp-remote", $"GET {system.Resource} 401", $"POST {system.Issuer}/register (not done)");
    }

    [Fact]
    public async Task Clients_reach_the_sign_in_over_https_and_through_a_proxy_too()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        var report = await Examine.WalkAsync(installation.Resource);
        AssertOutcomes(report, DoctorOutcome.Ok, s_all.Except(s_hosted));
    }

    [Fact]
    public async Task A_trailing_slash_of_the_resource_stops_clients_that_compare_it()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ResourceMetadata["resource"] = server.Resource + "/";
        var report = await Examine.WalkAsync(server.Resource);
        string[] strict = ["Claude Code", "Cursor", "MCP Inspector", "mcp-remote", "TypeScript SDK 1", "TypeScript SDK 2"];
        AssertOutcomes(report, DoctorOutcome.Problem, strict);
        report.Problem("TypeScript SDK 1", "does not match", "McpOidc__ResourceServer__Resource");
        report.Ok("C# SDK");

        server.ResourceMetadata["resource"] = server.Site.Origin;
        AssertOutcomes(await Examine.WalkAsync(server.Resource), DoctorOutcome.Ok, s_all.Except(s_hosted));
    }

    [Fact]
    public async Task A_trailing_slash_of_the_issuer_stops_clients_that_compare_it()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ServerMetadata["issuer"] = server.Site.Origin + "/";
        var report = await Examine.WalkAsync(server.Resource);
        AssertOutcomes(report, DoctorOutcome.Problem, ["TypeScript SDK 2", "C# SDK"]);
        report.Problem("C# SDK", $"'{server.Site.Origin}/'", "McpOidc__Issuer", "a trailing slash matters");
    }

    [Fact]
    public async Task Clients_fall_back_to_the_older_discovery_when_there_is_no_resource_metadata()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Challenge = null;
        server.Site.Answers.Remove("GET /.well-known/oauth-protected-resource/mcp");
        server.Site.Answers.Remove("GET /.well-known/oauth-protected-resource");
        var report = await Examine.WalkAsync(server.Resource);
        report.Warning("Claude Code", "finds no resource metadata", "/.well-known/oauth-protected-resource/mcp 404");
        report.Ok("Windsurf");
    }

    [Fact]
    public async Task Without_any_metadata_only_some_clients_continue_and_only_if_an_authorize_endpoint_exists()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers.Remove("GET /.well-known/oauth-authorization-server");
        server.Site.Answers["GET /authorize"] = _ => StandIn.Page("What?", 400);
        var report = await Examine.WalkAsync(server.Resource);
        report.Problem("C# SDK", "finds no authorization server metadata", "/.well-known/");
        report.Warning("TypeScript SDK 1", "continues at /authorize", "/.well-known/");
        server.Site.Answers.Remove("GET /authorize");
        (await Examine.WalkAsync(server.Resource)).Problem("TypeScript SDK 1", "no /authorize");
    }

    [Fact]
    public async Task Metadata_at_a_single_location_is_found_only_by_clients_that_look_there()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers["GET /.well-known/openid-configuration"] = server.Site.Answers["GET /.well-known/oauth-authorization-server"];
        server.Site.Answers.Remove("GET /.well-known/oauth-authorization-server");
        var report = await Examine.WalkAsync(server.Resource);
        report.Ok("Codex", "/.well-known/oauth-authorization-server 404", "/.well-known/openid-configuration 200");
        report.Problem("Windsurf", "finds no authorization server metadata");
    }

    [Fact]
    public async Task A_server_without_CORS_stops_only_browser_based_clients()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Before = _ => Task.FromResult(false);
        var report = await Examine.WalkAsync(server.Resource);
        AssertOutcomes(report, DoctorOutcome.Problem, ["MCP Inspector"]);
        report.Problem("MCP Inspector", "a browser may not read", "preflight", "Access-Control");
    }

    [Fact]
    public async Task A_server_without_PKCE_stops_all_clients_and_one_that_does_not_announce_it_stops_some()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ServerMetadata["code_challenge_methods_supported"] = new JsonArray("plain");
        AssertOutcomes(await Examine.WalkAsync(server.Resource), DoctorOutcome.Problem, s_all);
        server.ServerMetadata.Remove("code_challenge_methods_supported");
        var report = await Examine.WalkAsync(server.Resource);
        AssertOutcomes(report, DoctorOutcome.Problem, ["TypeScript SDK 2", "C# SDK"]);
        report.Problem("C# SDK", "S256");
    }

    [Fact]
    public async Task Without_registration_only_clients_with_a_metadata_document_continue_and_without_both_no_client_does()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ServerMetadata.Remove("registration_endpoint");
        var report = await Examine.WalkAsync(server.Resource);
        AssertOutcomes(report, DoctorOutcome.Ok, ["Claude Code", "Codex"]);
        report.Problem("mcp-remote", "registration is not offered", "McpOidc__Registration__Enabled");
        server.ServerMetadata.Remove("client_id_metadata_document_supported");
        report = await Examine.WalkAsync(server.Resource);
        AssertOutcomes(report, DoctorOutcome.Problem, s_all);
        report.Problem("Claude Code", "no client id", "McpOidc:Clients");
    }

    [Fact]
    public async Task A_server_that_does_not_announce_iss_is_a_warning_for_clients_that_read_it()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ServerMetadata.Remove("authorization_response_iss_parameter_supported");
        var report = await Examine.WalkAsync(server.Resource);
        report.Warning("C# SDK", "iss (RFC 9207)", "authorization_response_iss_parameter_supported");
        report.Ok("TypeScript SDK 1");
    }

    [Fact]
    public async Task A_client_whose_authentication_method_the_server_does_not_support_stops()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.ServerMetadata["token_endpoint_auth_methods_supported"] = new JsonArray("none");
        var report = await Examine.WalkAsync(server.Resource);
        AssertOutcomes(report, DoctorOutcome.Problem, ["Claude.ai", "C# SDK"]);
        report.Problem("C# SDK", "client_secret_post");
    }

    [Fact]
    public async Task The_finding_for_a_refused_origin_names_the_setting()
    {
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers["POST /mcp"] = context => Results.StatusCode(context.Request.Headers.Origin.Count > 0 ? 403 : 401);
        (await Examine.WalkAsync(server.Resource)).Problem("MCP Inspector", "origin", "McpOidc__AllowedOrigins__0");
    }

    [Fact]
    public async Task Every_client_stops_immediately_when_no_server_responds_or_no_sign_in_is_needed()
    {
        var nobody = await Examine.WalkAsync($"http://localhost:{Loopback.FreePort()}/mcp");
        AssertOutcomes(nobody, DoctorOutcome.Problem, s_all);
        await using var server = await StandInMcpServer.StartAsync();
        server.Site.Answers["POST /mcp"] = server.Site.Answers["GET /mcp"] = _ => StandIn.Document([]);
        AssertOutcomes(await Examine.WalkAsync(server.Resource), DoctorOutcome.Warning, s_all);
        AssertOutcomes(await Examine.WalkAsync(server.Resource + "/nothing"), DoctorOutcome.Problem, s_all);
    }

    private static void AssertOutcomes(DoctorReport report, DoctorOutcome outcome, IEnumerable<string> clients)
    {
        var those = report.Findings.Where(finding => finding.Outcome == outcome).Select(finding => finding.Check);
        Assert.True(clients.SequenceEqual(those), report.ToJson());
    }
}
