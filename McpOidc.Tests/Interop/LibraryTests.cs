using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;

namespace McpOidc.Tests.Interop;

/// <summary>Application libraries, both for MCP and for plain OAuth, complete the whole journey with one sign-in.</summary>
public sealed class LibraryTests
{
    [NodeTheory]
    [InlineData("ai-sdk", false)]
    [InlineData("ai-sdk", true)]
    [InlineData("langchain", false)]
    [InlineData("langchain", true)]
    public Task An_MCP_library_works(string library, bool standalone) => JourneyAsync("mcp-library-client.mjs", library, standalone);

    [NodeTheory]
    [InlineData("openid-client-5", false)]
    [InlineData("openid-client", false)]
    [InlineData("openid-client", true)]
    [InlineData("oauth4webapi", false)]
    [InlineData("oauth4webapi", true)]
    public Task An_OAuth_library_works(string library, bool standalone) => JourneyAsync("oauth-library-client.mjs", library, standalone);

    private static async Task JourneyAsync(string script, string library, bool standalone)
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone, store);
        await Journey.RunAsync(system, resource => ScriptClient.ConnectAsync(script, resource, library));
    }
}
