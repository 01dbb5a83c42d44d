using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Telemetry;

/// <summary>One trace from the MCP client to the identity provider and the store.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task A_tool_call_that_refreshes_the_provider_token_is_one_trace_across_all_servers()
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = true);
        using var recording = new Recording();
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.SignInAsync(browser);
        system.Clock.Advance(TimeSpan.FromMinutes(9));
        var tokens = await client.RefreshAsync((await client.SignInAsync(browser)).RefreshToken);
        system.Clock.Advance(TimeSpan.FromMinutes(3));

        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(HttpMethod.Post, system.Resource)
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"upstream_profile","arguments":{}}}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        using var answer = await http.SendAsync(request);
        Assert.Contains("alice@example.com", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var spans = recording.SpansOf(trace);
        var asked = Assert.Single(
            spans,
            span => $"{span.GetTagItem("url.full")}".StartsWith(system.Issuer + "/oauth/idp-tokens", StringComparison.Ordinal)
        );
        Assert.Contains(
            spans,
            span =>
                span.Kind == ActivityKind.Client
                && $"{span.GetTagItem("url.full")}".StartsWith(system.Idp!.Issuer, StringComparison.Ordinal)
                && IsBelow(span, asked, spans)
        );
        Assert.Contains(spans, span => span.Source.Name == "McpOidc" && IsBelow(span, asked, spans));
        Assert.Contains(spans, span => span.Source.Name == "McpOidc" && !IsBelow(span, asked, spans));
        var records = spans
            .Where(span => span.Source.Name == "McpOidc")
            .Select(span => span.GetTagItem("mcpoidc.record") as string)
            .ToList();
        Assert.Contains("grant", records);
        Assert.Contains("user", records);
        Assert.DoesNotContain(
            spans.Where(span => span.Source.Name == "McpOidc").SelectMany(span => span.TagObjects),
            tag => $"{tag.Value}".Contains('{', StringComparison.Ordinal) || $"{tag.Value}".Contains("alice", StringComparison.Ordinal)
        );
    }

    private static bool IsBelow(Activity span, Activity ancestor, IReadOnlyList<Activity> all) =>
        span.ParentSpanId == ancestor.SpanId
        || (all.FirstOrDefault(other => other.SpanId == span.ParentSpanId) is { } parent && IsBelow(parent, ancestor, all));
}
