using System.Text.Json.Nodes;

namespace McpOidc.Tests.Faults;

/// <summary>How a tool call ended.</summary>
internal enum CallOutcome
{
    Accepted,
    Unauthorized,
    ProviderSessionEnded,
    Failed,
}

/// <summary>One MCP session: initializes itself, calls tools, and checks the responses.</summary>
internal sealed class ToolCaller(RigClient http, Ledger ledger, string user)
{
    private string? _session;
    private bool _initialized;
    private int _id;

    public Task<CallOutcome> WhoAmIAsync(string accessToken) => CallAsync(accessToken, "whoami");

    /// <summary>The tool that uses the identity provider's token.</summary>
    public Task<CallOutcome> IdentityProviderProfileAsync(string accessToken) => CallAsync(accessToken, "upstream_profile");

    private async Task<CallOutcome> CallAsync(string accessToken, string tool)
    {
        if (!_initialized)
        {
            var (greeting, session) = await http.CallAsync(
                accessToken,
                session: null,
                Message(
                    "initialize",
                    new JsonObject
                    {
                        ["protocolVersion"] = "2025-06-18",
                        ["capabilities"] = new JsonObject(),
                        ["clientInfo"] = new JsonObject { ["name"] = "rig", ["version"] = "1" },
                    }
                )
            );
            if (greeting.Status != 200)
            {
                return Judge(greeting, tool);
            }

            (_session, _initialized) = (session, true);
        }

        var (answer, _) = await http.CallAsync(
            accessToken,
            _session,
            Message("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = new JsonObject() })
        );
        // The MCP server forgot the session; this has nothing to do with tokens.
        _initialized = answer.Status != 404;
        return Judge(answer, tool);
    }

    private CallOutcome Judge(RigAnswer answer, string tool)
    {
        if (answer.Status == 401)
        {
            return CallOutcome.Unauthorized;
        }

        var text = RigClient.ReadMessage(answer)?["result"] is JsonObject result ? result.ToJsonString() : null;
        if (text?.Contains($"{user}@example.com", StringComparison.Ordinal) is true)
        {
            ledger.Count($"calls of {tool}");
            return CallOutcome.Accepted;
        }

        if (text?.Contains("Sign in again", StringComparison.Ordinal) is true)
        {
            return CallOutcome.ProviderSessionEnded;
        }

        if (text?.Contains("@example.com", StringComparison.Ordinal) is true)
        {
            ledger.Breach(Bar.WrongPerson, $"{user} was shown {text}");
        }

        ledger.Failed(tool, answer.Status, RigClient.ReadMessage(answer)?["result"]?["content"]?.ToJsonString() ?? answer.Text);
        return CallOutcome.Failed;
    }

    private JsonObject Message(string method, JsonObject parameters) =>
        new()
        {
            ["jsonrpc"] = "2.0",
            ["id"] = ++_id,
            ["method"] = method,
            ["params"] = parameters,
        };
}
