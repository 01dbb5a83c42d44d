using System.CommandLine;
using McpOidc.Doctor;

namespace McpOidc.AuthServer;

/// <summary><c>doctor</c>: checks settings, store, keys, clock, identity provider and public URL, and says what to fix.</summary>
internal static class DoctorCommand
{
    public const string Name = "doctor";

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var client = new Option<string>("--client")
        {
            Description = "Instead, simulate discovery at any MCP server by each known MCP client.",
            HelpName = "https://mcp.example.com/mcp",
        };
        var command = new Command(
            Name,
            "Check settings, store, keys, clock, identity provider and public URL, and say what is wrong and how to fix it. Makes no "
                + "lasting changes. Settings can be passed as arguments, as for the server: --McpOidc:Issuer=…"
        )
        {
            json,
            client,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(
            (result, cancellationToken) => RunAsync(result, result.GetValue(json), result.GetValue(client), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, bool json, string? client, CancellationToken cancellationToken)
    {
        if (result.UnmatchedTokens is [var unknown, ..])
        {
            await result.InvocationConfiguration.Error.WriteLineAsync(
                $"'{unknown}' is neither an option nor a setting. Write settings like --McpOidc:Issuer=https://auth.example.com."
            );
            return 1;
        }

        var report = await ExamineAsync(client, cancellationToken);
        var output = result.InvocationConfiguration.Output;
        await output.WriteLineAsync(json ? report.ToJson() : DoctorText.Write(report));
        return report.IsHealthy ? 0 : 1;
    }

    private static async Task<DoctorReport> ExamineAsync(string? client, CancellationToken cancellationToken)
    {
        try
        {
            return await OperatorHost.UseAsync(services =>
            {
                var doctor = services.GetRequiredService<McpOidcDoctor>();
                return client is null ? doctor.ExamineAsync(cancellationToken) : doctor.WalkAsync(client, cancellationToken);
            });
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            // The exception's message may contain text of a settings file.
            return new DoctorReport([
                new(
                    "configuration",
                    DoctorOutcome.Problem,
                    "A settings file cannot be read: it is not JSON.",
                    "Check appsettings.json and appsettings.{environment}.json."
                ),
            ]);
        }
        catch (ArgumentException exception) when (client is not null && exception.ParamName == "resource")
        {
            return new DoctorReport([
                new(
                    "client",
                    DoctorOutcome.Problem,
                    $"'{client}' is not the URL of an MCP endpoint.",
                    "Use the URL that users enter in their client: --client https://mcp.example.com/mcp."
                ),
            ]);
        }
    }
}
