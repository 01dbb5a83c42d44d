namespace McpOidc.Tests.Hosting;

/// <summary>An MCP client that is connected and signed in, whatever it is written in.</summary>
public interface IJourneyClient : IAsyncDisposable
{
    /// <summary>How often the person had to come to the browser.</summary>
    int SignIns { get; }

    /// <summary>Calls a tool and returns its text.</summary>
    Task<string> CallAsync(string tool);
}
