using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Conformance;

/// <summary>The prompts that the suite requests by name.</summary>
[McpServerPromptType]
public sealed class FixturePrompts
{
    [McpServerPrompt(Name = "test_simple_prompt"), Description("Has no arguments.")]
    public static string Simple() => "This is a simple prompt for testing.";

    [McpServerPrompt(Name = "test_prompt_with_arguments"), Description("Has two arguments.")]
    public static string Arguments([Description("The first.")] string arg1, [Description("The second.")] string arg2) =>
        $"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'";

    [McpServerPrompt(Name = "test_prompt_with_embedded_resource"), Description("Has a resource in it.")]
    public static PromptMessage[] Resource([Description("Which.")] string resourceUri) =>
        [
            From(FixtureTools.Embed(resourceUri, "text/plain", "Embedded resource content for testing.")),
            From(new TextContentBlock { Text = "Please process it." }),
        ];

    [McpServerPrompt(Name = "test_prompt_with_image"), Description("Has an image in it.")]
    public static PromptMessage[] Image() => [From(FixtureTools.Picture), From(new TextContentBlock { Text = "Please look at it." })];

    [McpServerPrompt(Name = "test_input_required_result_prompt"), Description("Needs to be told something.")]
    public static PromptMessage InputRequired(RequestContext<GetPromptRequestParams> context) =>
        context.Params?.InputResponses?.ContainsKey("user_context") is true
            ? From(new TextContentBlock { Text = "Go on with it." })
            : throw FixtureInputRequired.Need(
                ("user_context", FixtureInputRequired.Ask("context", new ElicitRequestParams.StringSchema()))
            );

    private static PromptMessage From(ContentBlock content) => new() { Role = Role.User, Content = content };
}
