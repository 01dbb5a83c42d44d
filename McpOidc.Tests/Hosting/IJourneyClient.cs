namespace McpOidc.Tests.Hosting;

/// <summary>An MCP client that is connected and signed in, whatever it is written in.</summary>
public interface IJourneyClient : IAsyncDisposable
{
    /// <summary>How often the person had to come to the browser.</summary>
    int SignIns { get; }

    /// <summary>What the client has to say when a test fails; empty when it has nothing.</summary>
    string Diagnostics => "";

    /// <summary>Calls a tool and returns its text.</summary>
    Task<string> CallAsync(string tool);

    /// <summary>The names that the server lists, in their order.</summary>
    /// <param name="kind"><c>tools</c>, <c>prompts</c> or <c>resources</c>.</param>
    Task<string> ListAsync(string kind) => throw new NotSupportedException();
}
