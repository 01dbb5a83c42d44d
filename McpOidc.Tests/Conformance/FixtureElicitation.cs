using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Server = ModelContextProtocol.Server.McpServer;

namespace McpOidc.Tests.Conformance;

/// <summary>Tools that ask the user through the client, as in revisions before 2026-07-28.</summary>
[McpServerToolType]
public sealed class FixtureElicitation
{
    [McpServerTool(Name = "test_elicitation"), Description("Asks the person.")]
    public static Task<string> ElicitAsync(
        Server server,
        [Description("The question.")] string message,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            server,
            message,
            new() { Properties = { ["response"] = new ElicitRequestParams.StringSchema { Description = "The answer." } } },
            cancellationToken
        );

    [McpServerTool(Name = "test_elicitation_sep1034_defaults"), Description("Asks with defaults.")]
    public static Task<string> DefaultsAsync(Server server, CancellationToken cancellationToken) =>
        AskAsync(
            server,
            "Defaults",
            new()
            {
                Properties =
                {
                    ["name"] = new ElicitRequestParams.StringSchema { Default = "John Doe" },
                    ["age"] = new ElicitRequestParams.NumberSchema { Type = "integer", Default = 30 },
                    ["score"] = new ElicitRequestParams.NumberSchema { Default = 95.5 },
                    ["status"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema
                    {
                        Enum = ["active", "inactive", "pending"],
                        Default = "active",
                    },
                    ["verified"] = new ElicitRequestParams.BooleanSchema { Default = true },
                },
            },
            cancellationToken
        );

    [McpServerTool(Name = "test_elicitation_sep1330_enums"), Description("Asks with choices.")]
    public static Task<string> ChoicesAsync(Server server, CancellationToken cancellationToken) =>
        AskAsync(
            server,
            "Choices",
            new()
            {
                Properties =
                {
                    ["untitledSingle"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema
                    {
                        Enum = ["option1", "option2", "option3"],
                    },
                    ["titledSingle"] = new ElicitRequestParams.TitledSingleSelectEnumSchema { OneOf = Titled("Option") },
                    ["legacyEnum"] = new ElicitRequestParams.LegacyTitledEnumSchema
                    {
                        Enum = ["opt1", "opt2", "opt3"],
                        EnumNames = ["Option One", "Option Two", "Option Three"],
                    },
                    ["untitledMulti"] = new ElicitRequestParams.UntitledMultiSelectEnumSchema
                    {
                        Items = new() { Enum = ["option1", "option2", "option3"] },
                    },
                    ["titledMulti"] = new ElicitRequestParams.TitledMultiSelectEnumSchema { Items = new() { AnyOf = Titled("Choice") } },
                },
            },
            cancellationToken
        );

    private static IList<ElicitRequestParams.EnumSchemaOption> Titled(string word) =>
        [
            .. new[] { "First", "Second", "Third" }.Select(
                (ordinal, number) => new ElicitRequestParams.EnumSchemaOption { Const = $"value{number + 1}", Title = $"{ordinal} {word}" }
            ),
        ];

    private static async Task<string> AskAsync(
        Server server,
        string message,
        ElicitRequestParams.RequestSchema schema,
        CancellationToken cancellationToken
    )
    {
        var result = await server.ElicitAsync(new ElicitRequestParams { Message = message, RequestedSchema = schema }, cancellationToken);
        return $"User response: {result.Action} {string.Join(", ", result.Content?.Select(entry => $"{entry.Key}={entry.Value}") ?? [])}";
    }
}
