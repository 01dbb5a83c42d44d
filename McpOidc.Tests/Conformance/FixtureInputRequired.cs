using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Conformance;

/// <summary>Tools that respond with the input they still need (2026-07-28, multi round-trip requests).</summary>
[McpServerToolType]
public sealed class FixtureInputRequired
{
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);

    [McpServerTool(Name = "test_input_required_result_elicitation"), Description("Needs a name.")]
    public static string Elicitation(RequestContext<CallToolRequestParams> context) =>
        Answer(context, "user_name") ? "Hello!" : throw Need(("user_name", Name()));

    [McpServerTool(Name = "test_incomplete_result_elicitation"), Description("Needs a name, and asks again.")]
    public static string Again(RequestContext<CallToolRequestParams> context) => Elicitation(context);

    [McpServerTool(Name = "test_input_required_result_sampling"), Description("Needs the client's model.")]
    public static string Sampling(RequestContext<CallToolRequestParams> context) =>
        Answer(context, "capital_question") ? "Paris" : throw Need(("capital_question", Question()));

    [McpServerTool(Name = "test_input_required_result_list_roots"), Description("Needs the roots.")]
    public static string Roots(RequestContext<CallToolRequestParams> context) =>
        Answer(context, "client_roots") ? "roots" : throw Need(("client_roots", RootsList()));

    [McpServerTool(Name = "test_input_required_result_request_state"), Description("Gets its state back.")]
    public static string State(RequestContext<CallToolRequestParams> context) =>
        context.Params?.RequestState is { } state
            ? (state == "kept" ? "state-ok" : "state-mismatch")
            : throw Need("kept", ("confirm", Confirm()));

    [McpServerTool(Name = "test_input_required_result_multiple_inputs"), Description("Needs three things.")]
    public static string Several(RequestContext<CallToolRequestParams> context) =>
        context.Params?.InputResponses?.Count >= 3
            ? "all of them"
            : throw Need("several", ("user_name", Name()), ("greeting", Question()), ("client_roots", RootsList()));

    [McpServerTool(Name = "test_input_required_result_multi_round"), Description("Needs two rounds.")]
    public static string Rounds(RequestContext<CallToolRequestParams> context) =>
        context.Params?.RequestState switch
        {
            null => throw Need("round-1", ("step1", Name())),
            "round-1" => throw Need("round-2", ("step2", Name())),
            _ => "done",
        };

    [McpServerTool(Name = "test_input_required_result_tampered_state"), Description("Refuses a state that is not its own.")]
    public static string Tampered(RequestContext<CallToolRequestParams> context)
    {
        if (context.Params?.RequestState is not { } state)
        {
            var nonce = Guid.NewGuid().ToString("N");
            throw Need($"{nonce}.{Sign(nonce)}", ("confirm", Confirm()));
        }

        return state.Split('.') is [var value, var signature] && signature == Sign(value)
            ? "intact"
            : throw new McpProtocolException("The state was changed.", McpErrorCode.InvalidParams);
    }

    [McpServerTool(Name = "test_input_required_result_capabilities"), Description("Asks for what the client can do.")]
    public static string Capabilities(RequestContext<CallToolRequestParams> context)
    {
        if (context.Params?.InputResponses is { Count: > 0 })
        {
            return "answered";
        }

        var can = context.JsonRpcRequest.Context?.ClientCapabilities;
        var needs = new List<(string, InputRequest)>();
        needs.AddRange(can?.Sampling is null ? [] : [("capital_question", Question())]);
        needs.AddRange(can?.Elicitation is null ? [] : [("user_name", Name())]);
        needs.AddRange(can?.Roots is null ? [] : [("client_roots", RootsList())]);
        return needs.Count == 0 ? "nothing to ask" : throw Need([.. needs]);
    }

    internal static InputRequiredException Need(params (string Key, InputRequest Request)[] requests) =>
        new(requests.ToDictionary(need => need.Key, need => need.Request));

    internal static InputRequest Ask(string property, ElicitRequestParams.PrimitiveSchemaDefinition schema) =>
        InputRequest.ForElicitation(
            new ElicitRequestParams
            {
                Message = $"Please tell: {property}",
                RequestedSchema = new()
                {
                    Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> { [property] = schema },
                    Required = [property],
                },
            }
        );

    private static InputRequiredException Need(string state, params (string Key, InputRequest Request)[] requests) =>
        new(requests.ToDictionary(need => need.Key, need => need.Request), state);

    private static bool Answer(RequestContext<CallToolRequestParams> context, string key) =>
        context.Params?.InputResponses?.ContainsKey(key) is true;

    private static InputRequest Name() => Ask("name", new ElicitRequestParams.StringSchema());

    private static InputRequest Confirm() => Ask("ok", new ElicitRequestParams.BooleanSchema());

    private static InputRequest RootsList() => InputRequest.ForRootsList(new ListRootsRequestParams());

    private static InputRequest Question() =>
        InputRequest.ForSampling(
            new CreateMessageRequestParams
            {
                Messages =
                [
                    new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = "What is the capital of France?" }] },
                ],
                MaxTokens = 100,
            }
        );

    private static string Sign(string value) => Convert.ToHexString(HMACSHA256.HashData(s_key, Encoding.UTF8.GetBytes(value)));
}
