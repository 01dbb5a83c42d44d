using System.CommandLine;
using McpOidc.Doctor;

namespace McpOidc.AuthServer;

/// <summary><c>doctor</c>: looks at settings, store, keys, clock, identity provider and public URL, and says what to mend.</summary>
internal static class DoctorCommand
{
    public const string Name = "doctor";

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var client = new Option<string>("--client") { Description = "Instead: walk discovery at an MCP server, ours or another, as each known MCP client does.", HelpName = "https://mcp.example.com/mcp" };
        var command = new Command(Name, "Look at settings, store, keys, clock, identity provider and public URL, and say what is wrong and how to mend it. Changes nothing. Further arguments are settings, as for the server: --McpOidc:Issuer=…")
        {
            json, client,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, cancellationToken) => RunAsync(result, result.GetValue(json), result.GetValue(client), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, bool json, string? client, CancellationToken cancellationToken)
    {
        if (UnknownArgument([.. result.UnmatchedTokens]) is { } unknown)
        {
            await result.InvocationConfiguration.Error.WriteLineAsync($"'{unknown}' is neither an option nor a setting. Settings are written --McpOidc:Issuer=https://auth.example.com.");
            return 1;
        }

        var report = await ExamineAsync([.. result.UnmatchedTokens], client, cancellationToken);
        var output = result.InvocationConfiguration.Output;
        await output.WriteLineAsync(json ? report.ToJson() : DoctorText.Write(report));
        return report.IsHealthy ? 0 : 1;
    }

    private static async Task<DoctorReport> ExamineAsync(string[] settings, string? client, CancellationToken cancellationToken)
    {
        try
        {
            return await OperatorHost.UseAsync(services =>
            {
                var doctor = services.GetRequiredService<McpOidcDoctor>();
                return client is null ? doctor.ExamineAsync(cancellationToken) : doctor.WalkAsync(client, cancellationToken);
            }, settings);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            // The text of a settings file can be in the message.
            return new DoctorReport([new("configuration", DoctorOutcome.Problem, "A settings file cannot be read: it is not JSON.", "Look at appsettings.json and appsettings.{environment}.json.")]);
        }
        catch (ArgumentException exception) when (client is not null && exception.ParamName == "resource")
        {
            return new DoctorReport([new("client", DoctorOutcome.Problem, $"'{client}' is not the URL of an MCP endpoint.", "Use the URL that people type into their client: --client https://mcp.example.com/mcp.")]);
        }
    }

    /// <summary>What is not a setting in one of the ways in which .NET takes them: <c>--key=value</c>, <c>--key value</c>.</summary>
    private static string? UnknownArgument(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || !(arguments[i].Contains(':', StringComparison.Ordinal) || arguments[i].StartsWith("--environment", StringComparison.OrdinalIgnoreCase) || arguments[i].StartsWith("--contentRoot", StringComparison.OrdinalIgnoreCase)))
            {
                return arguments[i];
            }

            // The value stands in an argument of its own.
            i += arguments[i].Contains('=', StringComparison.Ordinal) ? 0 : 1;
        }

        return null;
    }
}
