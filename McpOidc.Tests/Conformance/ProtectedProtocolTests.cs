using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Conformance;

/// <summary>
/// What MCP 2026-07-28 requires of the server behind the protection (RS8 to RS17 of docs/conformance-resource-server.md), through the
/// protected endpoint. The MCP SDK does most of it; these tests detect interference by the protection.
/// </summary>
public sealed class ProtectedProtocolTests(ProtectedProtocolTests.Fixture fixture) : IClassFixture<ProtectedProtocolTests.Fixture>
{
    private const string Revision = "2026-07-28";

    [Fact]
    public async Task RS8_each_request_needs_a_token_even_after_an_authenticated_one()
    {
        Assert.Equal(200, (await SendAsync("tools/list", "{}")).Status);
        Assert.Equal(401, (await SendAsync("tools/list", "{}", token: null)).Status);
    }

    // Values returned by a client are unverified: only the token identifies the caller.
    [Fact]
    public async Task RS9_a_handle_or_state_of_one_person_does_not_authenticate_the_caller()
    {
        var asked = await SendAsync(
            "tools/call",
            """{"name":"test_input_required_result_request_state","arguments":{}}""",
            name: "test_input_required_result_request_state"
        );
        Assert.Equal(200, asked.Status);
        Assert.Equal("input_required", asked.Body["result"]!["resultType"]!.ToString());
        var state = asked.Body["result"]!["requestState"]!.ToString();
        var stolen = await SendAsync(
            "tools/call",
            $$"""{"name":"test_input_required_result_request_state","arguments":{},"requestState":"{{state}}" }""",
            name: "test_input_required_result_request_state",
            token: null
        );
        Assert.Equal(401, stolen.Status);
    }

    [Theory]
    [InlineData("https://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("http://localhost:6274", 200)]
    public async Task RS10_an_origin_that_is_not_allowed_gets_403(string origin, int status) =>
        Assert.Equal(status, (await SendAsync("tools/list", "{}", headers: ("Origin", origin))).Status);

    [Fact]
    public async Task RS11_no_session_is_required_and_the_server_describes_itself()
    {
        var discovered = await SendAsync("server/discover", "{}");
        Assert.Equal(200, discovered.Status);
        Assert.Contains(Revision, discovered.Body["result"]!["supportedVersions"]!.AsArray().Select(version => version!.ToString()));
        Assert.False(discovered.Headers.Contains("Mcp-Session-Id"));
    }

    [Theory]
    [InlineData("tools/list", "test_simple_text", Revision, "test_simple_text")]
    [InlineData("tools/call", "another_tool", Revision, "test_simple_text")]
    [InlineData("tools/call", null, Revision, "test_simple_text")]
    public async Task RS12_headers_that_differ_from_the_body_yield_400(string method, string? name, string version, string tool)
    {
        var answer = await SendAsync("tools/call", $$"""{"name":"{{tool}}","arguments":{} }""", name, version, methodHeader: method);
        Assert.Equal((400, -32020), (answer.Status, (int)answer.Body["error"]!["code"]!));
    }

    [Fact]
    public async Task RS13_an_unsupported_version_yields_400_with_the_supported_versions()
    {
        var answer = await SendAsync("tools/list", "{}", version: "2099-01-01");
        Assert.Equal((400, -32022), (answer.Status, (int)answer.Body["error"]!["code"]!));
        Assert.Contains(Revision, answer.Body["error"]!["data"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RS13_an_unknown_method_yields_404_and_a_missing_capability_is_reported()
    {
        var unknown = await SendAsync("no/such", "{}");
        Assert.Equal((404, -32601), (unknown.Status, (int)unknown.Body["error"]!["code"]!));
        var missing = await SendAsync(
            "tools/call",
            """{"name":"test_missing_capability","arguments":{}}""",
            name: "test_missing_capability"
        );
        Assert.Equal(-32021, (int)missing.Body["error"]!["code"]!);
    }

    [Fact]
    public async Task RS14_a_notification_gets_202_and_a_request_gets_a_JSON_response_or_a_stream()
    {
        Assert.Equal(202, (await SendAsync("notifications/cancelled", """{"requestId":"none"}""", id: null)).Status);
        Assert.Contains((await SendAsync("tools/list", "{}")).ContentType, new[] { "application/json", "text/event-stream" });
    }

    [Fact]
    public async Task RS15_results_state_their_type_and_lists_state_how_long_and_for_whom_they_can_be_cached()
    {
        var result = (await SendAsync("tools/list", "{}")).Body["result"]!;
        Assert.Equal("complete", result["resultType"]!.ToString());
        Assert.Equal("private", result["cacheScope"]!.ToString());
        Assert.True((long)result["ttlMs"]! > 0);
        var again = (await SendAsync("tools/list", "{}")).Body["result"]!;
        Assert.Equal(
            result["tools"]!.AsArray().Select(tool => tool!["name"]!.ToString()),
            again["tools"]!.AsArray().Select(tool => tool!["name"]!.ToString())
        );
    }

    [Fact]
    public async Task RS16_a_stream_is_marked_not_to_be_buffered()
    {
        var answer = await SendAsync(
            "tools/call",
            """{"name":"test_tool_with_progress","arguments":{},"_meta":{"progressToken":"p"}}""",
            name: "test_tool_with_progress"
        );
        Assert.Equal("text/event-stream", answer.ContentType);
        Assert.Equal("no", Assert.Single(answer.Headers.GetValues("X-Accel-Buffering")));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task RS17_GET_and_DELETE_yield_405_with_a_token_and_401_without_one(string method)
    {
        Assert.Equal(405, await fixture.SignedIn.StatusOfAsync(new HttpMethod(method), fixture.SignedIn.Tokens.AccessToken));
        Assert.Equal(401, await fixture.SignedIn.StatusOfAsync(new HttpMethod(method), null));
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2025-06-18")]
    [InlineData("2025-03-26")]
    public async Task RS17_clients_of_older_revisions_can_initialize_on_the_same_endpoint(string version)
    {
        var answer = await PostAsync(Initialize(version), fixture.SignedIn.Tokens.AccessToken);
        Assert.Equal(200, answer.Status);
        Assert.Equal(version, answer.Body["result"]!["protocolVersion"]!.ToString());
    }

    // rmcp 3.11 requests 2026-07-28, which has no initialize.
    [Theory]
    [InlineData("2026-07-28")]
    [InlineData("2026-01-01")]
    [InlineData("2099-01-01")]
    [InlineData("DRAFT-2027-v1")]
    [InlineData("1999-01-01")]
    [InlineData("")]
    public async Task RS17_initialize_with_an_unsupported_version_returns_the_latest_version_that_supports_it(string version)
    {
        var answer = await PostAsync(Initialize(version), fixture.SignedIn.Tokens.AccessToken);
        Assert.Equal(200, answer.Status);
        Assert.Equal("2025-11-25", answer.Body["result"]?["protocolVersion"]?.ToString());
    }

    // The header names the session's version, which a client does not know yet.
    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2025-03-26")]
    public async Task RS17_initialize_may_have_the_header_of_its_version(string version)
    {
        var answer = await PostAsync(Initialize(version), fixture.SignedIn.Tokens.AccessToken, ("MCP-Protocol-Version", version));
        Assert.Equal((200, version), (answer.Status, answer.Body["result"]?["protocolVersion"]?.ToString()));
    }

    // go-sdk#952, keryx#503: clients start over at 404 only.
    [Theory]
    [InlineData("initialize")]
    [InlineData("tools/list")]
    public async Task RS17_a_server_without_sessions_ignores_the_session_of_a_former_server(string method)
    {
        var body = method == "initialize" ? Initialize("2025-11-25") : """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{} }""";
        var answer = await PostAsync(body, fixture.SignedIn.Tokens.AccessToken, ("Mcp-Session-Id", "of-a-former-server"));
        Assert.Equal(200, answer.Status);
        Assert.NotNull(answer.Body["result"]);
        Assert.False(answer.Headers.Contains("Mcp-Session-Id"));
    }

    private static string Initialize(string version) =>
        $$"""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"{{version}}","capabilities":{},"clientInfo":{"name":"old","version":"1"} } }""";

    private Task<Answer> SendAsync(
        string method,
        string parameters,
        string? name = null,
        string version = Revision,
        string? token = "",
        int? id = 1,
        string? methodHeader = null,
        params (string Name, string Value)[] headers
    )
    {
        var content = JsonNode.Parse(parameters)!.AsObject();
        var meta = content["_meta"] as JsonObject ?? [];
        meta["io.modelcontextprotocol/protocolVersion"] = version;
        meta["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject() };
        content["_meta"] = meta.DeepClone();
        var message = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["method"] = method,
            ["params"] = content,
        };
        if (id is not null)
        {
            message["id"] = id;
        }

        (string, string)[] all =
        [
            ("MCP-Protocol-Version", version),
            ("Mcp-Method", methodHeader ?? method),
            .. headers,
            .. name is null ? Array.Empty<(string, string)>() : [("Mcp-Name", name)],
        ];
        return PostAsync(message.ToJsonString(), token is "" ? fixture.SignedIn.Tokens.AccessToken : token, all);
    }

    private async Task<Answer> PostAsync(string body, string? token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, fixture.SignedIn.System.Resource)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await fixture.SignedIn.Client.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var json =
            response.Content.Headers.ContentType?.MediaType == "text/event-stream"
                ? text.Split('\n').Last(line => line.StartsWith("data: {", StringComparison.Ordinal))["data: ".Length..]
                : text;
        return new Answer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            json.StartsWith('{') ? JsonNode.Parse(json)!.AsObject() : [],
            response.Headers
        );
    }

    private sealed record Answer(int Status, string? ContentType, JsonObject Body, HttpResponseHeaders Headers);

    /// <summary>The fixture server behind the protection, without sessions.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public SignedInSystem SignedIn { get; private set; } = null!;

        public async Task InitializeAsync() =>
            SignedIn = await SignedInSystem.StartAsync(options =>
                options.Mcp = builder => FixtureServer.Add(builder.Services, stateless: true)
            );

        public async Task DisposeAsync() => await SignedIn.DisposeAsync();
    }
}
