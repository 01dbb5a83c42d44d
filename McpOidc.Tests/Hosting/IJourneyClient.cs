namespace McpOidc.Tests.Hosting;

/// <summary>A connected, signed-in MCP client in any language.</summary>
public interface IJourneyClient : IAsyncDisposable
{
    /// <summary>How often the user had to sign in with the browser.</summary>
    int SignIns { get; }

    /// <summary>Client output to show when a test fails; empty if there is none.</summary>
    string Diagnostics => "";

    /// <summary>Calls a tool and returns its text.</summary>
    Task<string> CallAsync(string tool);

    /// <summary>The names that the server lists, in order.</summary>
    /// <param name="kind"><c>tools</c>, <c>prompts</c> or <c>resources</c>.</param>
    Task<string> ListAsync(string kind) => throw new NotSupportedException();
}
