using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;

namespace McpOidc.Tests.Interop;

/// <summary>JavaScript clients complete the whole journey with a metadata document, without registering.</summary>
public sealed class MetadataDocumentTests
{
    [NodeTheory]
    [InlineData(1)]
    [InlineData(2)]
    public Task The_TypeScript_SDK_signs_in_with_its_document(int version) =>
        JourneyAsync("http://localhost/callback", (resource, url) => TypeScriptSdkClient.ConnectAsync(resource, version, url));

    [NodeFact]
    public Task Mcp_remote_signs_in_with_its_document() => JourneyAsync("http://localhost/oauth/callback", McpRemoteClient.ConnectAsync);

    private static async Task JourneyAsync(string redirectUri, Func<string, string, Task<IJourneyClient>> connect)
    {
        await using var system = await DocumentSystem.StartAsync();
        var url = system.Publish(document => document["redirect_uris"] = new JsonArray(redirectUri));
        await Journey.RunAsync(system.System, resource => connect(resource, url));
        Assert.NotEmpty(system.Host.RequestsFor(url));
        Assert.DoesNotContain(system.System.Server.Logs.Lines, line => line.Contains(" registered.", StringComparison.Ordinal));
    }
}
