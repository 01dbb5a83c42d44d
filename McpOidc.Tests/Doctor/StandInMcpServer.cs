using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Doctor;

/// <summary>A third-party MCP server and its authorization server, both correct until a test changes one thing.</summary>
internal sealed class StandInMcpServer : IAsyncDisposable
{
    private StandInMcpServer(StandIn site) => Site = site;

    public StandIn Site { get; }

    public string Resource => Site.Origin + "/mcp";

    /// <summary>The value of the challenge; <see langword="null"/> for a server that sends none.</summary>
    public string? Challenge { get; set; }

    public JsonObject ResourceMetadata { get; } = [];

    public JsonObject ServerMetadata { get; } = [];

    public static async Task<StandInMcpServer> StartAsync()
    {
        var server = new StandInMcpServer(await StandIn.StartAsync());
        server.Fill();
        return server;
    }

    public ValueTask DisposeAsync() => Site.DisposeAsync();

    private void Fill()
    {
        Challenge = $"Bearer resource_metadata=\"{Site.Origin}/.well-known/oauth-protected-resource/mcp\"";
        ResourceMetadata["resource"] = Resource;
        ResourceMetadata["authorization_servers"] = new JsonArray(Site.Origin);
        ServerMetadata["issuer"] = Site.Origin;
        ServerMetadata["authorization_endpoint"] = Site.Origin + "/authorize";
        ServerMetadata["token_endpoint"] = Site.Origin + "/token";
        ServerMetadata["registration_endpoint"] = Site.Origin + "/register";
        ServerMetadata["code_challenge_methods_supported"] = new JsonArray("S256");
        ServerMetadata["client_id_metadata_document_supported"] = true;
        ServerMetadata["authorization_response_iss_parameter_supported"] = true;
        Site.Answers["GET /mcp"] = Site.Answers["POST /mcp"] = Unauthorized;
        Site.Json("/.well-known/oauth-protected-resource/mcp", () => ResourceMetadata);
        Site.Json("/.well-known/oauth-protected-resource", () => ResourceMetadata);
        Site.Json("/.well-known/oauth-authorization-server", () => ServerMetadata);
        Site.Before = context =>
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.AccessControlAllowHeaders = "*";
            context.Response.StatusCode = HttpMethods.IsOptions(context.Request.Method) ? 204 : 200;
            return Task.FromResult(HttpMethods.IsOptions(context.Request.Method));
        };
    }

    private IResult Unauthorized(HttpContext context)
    {
        if (Challenge is not null)
        {
            context.Response.Headers.WWWAuthenticate = Challenge;
        }

        return Results.StatusCode(401);
    }
}
