using System.ComponentModel;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Server = ModelContextProtocol.Server.McpServer;

namespace McpOidc.Tests.Conformance;

/// <summary>The tools that the suite calls by name, with the results that it expects.</summary>
[McpServerToolType]
public sealed class FixtureTools
{
    private const string Image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
    private const string Sound = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

    internal static ImageContentBlock Picture => new() { Data = Encoding.UTF8.GetBytes(Image), MimeType = "image/png" };

    [McpServerTool(Name = "test_simple_text"), Description("Answers text.")]
    public static string SimpleText() => "This is a simple text response for testing.";

    [McpServerTool(Name = "test_image_content"), Description("Answers an image.")]
    public static ImageContentBlock ImageContent() => Picture;

    [McpServerTool(Name = "test_audio_content"), Description("Answers sound.")]
    public static AudioContentBlock AudioContent() => new() { Data = Encoding.UTF8.GetBytes(Sound), MimeType = "audio/wav" };

    [McpServerTool(Name = "test_embedded_resource"), Description("Answers a resource.")]
    public static EmbeddedResourceBlock EmbeddedResource() =>
        Embed("test://embedded-resource", "text/plain", "This is an embedded resource content.");

    [McpServerTool(Name = "test_multiple_content_types"), Description("Answers text, an image and a resource.")]
    public static ContentBlock[] MultipleContentTypes() =>
        [
            new TextContentBlock { Text = "Multiple content types test:" },
            Picture,
            Embed("test://mixed-content-resource", "application/json", """{"test":"data","value":123}"""),
        ];

    [McpServerTool(Name = "test_error_handling"), Description("Fails.")]
    public static string ErrorHandling() => throw new McpException("This tool intentionally returns an error for testing");

    [McpServerTool(Name = "test_reconnection"), Description("Ends after its stream was closed.")]
    public static string Reconnection() => "Reconnection test completed successfully";

    [McpServerTool(Name = "test_streaming_elicitation"), Description("Streams nothing but its result.")]
    public static string StreamingElicitation() => "result frames only";

    [McpServerTool(Name = "test_header_tool"), Description("Takes an argument that a header repeats.")]
    public static string Header([McpHeader("Region"), Description("Where.")] string region, [Description("What.")] string query) =>
        $"{region}: {query}";

    [McpServerTool(Name = "test_missing_capability"), Description("Needs sampling.")]
    public static string MissingCapability(RequestContext<CallToolRequestParams> context) =>
        context.Server.ClientCapabilities?.Sampling is not null
            ? "sampling is there"
            : throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new() }, "This tool needs sampling.");

    [McpServerTool(Name = "test_tool_with_logging"), Description("Logs three times.")]
    public static string Logging(RequestContext<CallToolRequestParams> context)
    {
        foreach (var message in new[] { "Tool execution started", "Tool processing data", "Tool execution completed" })
        {
            Log(context, message);
        }

        return "Tool with logging executed successfully";
    }

    [McpServerTool(Name = "test_logging_tool"), Description("Logs where the client asked for it.")]
    public static string LoggingTool(RequestContext<CallToolRequestParams> context)
    {
        Log(context, "test_logging_tool executed");
        return "logged";
    }

    [McpServerTool(Name = "test_tool_with_progress"), Description("Reports progress three times.")]
    public static async Task<string> ProgressAsync(
        Server server,
        RequestContext<CallToolRequestParams> context,
        CancellationToken cancellationToken
    )
    {
        if (context.Params?.ProgressToken is not { } token)
        {
            return "No progress token provided";
        }

        foreach (var progress in new[] { 0, 50, 100 })
        {
            await server.NotifyProgressAsync(
                token,
                new ProgressNotificationValue { Progress = progress, Total = 100 },
                cancellationToken: cancellationToken
            );
        }

        return token.ToString()!;
    }

    [McpServerTool(Name = "test_sampling"), Description("Asks the client's model.")]
    public static async Task<string> SamplingAsync(
        Server server,
        [Description("The question.")] string prompt,
        CancellationToken cancellationToken
    )
    {
        var result = await server.SampleAsync(
            new CreateMessageRequestParams
            {
                Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = prompt }] }],
                MaxTokens = 100,
            },
            cancellationToken
        );
        return $"Sampling result: {result.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text}";
    }

    /// <summary>A tool with a JSON Schema 2020-12 schema.</summary>
    public static McpServerTool WithSchema()
    {
        var tool = McpServerTool.Create(
            () => "JSON Schema 2020-12 tool executed successfully",
            new() { Name = "json_schema_2020_12_tool", Description = "Has a schema with references." }
        );
        tool.ProtocolTool.InputSchema = JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "$defs": { "address": { "type": "object", "properties": { "street": { "type": "string" }, "city": { "type": "string" } } } },
              "properties": { "name": { "type": "string" }, "address": { "$ref": "#/$defs/address" } },
              "additionalProperties": false
            }
            """
        );
        return tool;
    }

    internal static EmbeddedResourceBlock Embed(string uri, string type, string text) =>
        new()
        {
            Resource = new TextResourceContents
            {
                Uri = uri,
                MimeType = type,
                Text = text,
            },
        };

    private static void Log(RequestContext<CallToolRequestParams> context, string message)
    {
        using var provider = context.Server.AsClientLoggerProvider();
        provider.CreateLogger("fixture").Log(LogLevel.Information, default, message, null, (text, _) => text);
    }
}
