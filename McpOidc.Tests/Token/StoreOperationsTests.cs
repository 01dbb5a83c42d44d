using System.Diagnostics;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Telemetry;

namespace McpOidc.Tests.Token;

/// <summary>How often a token request asks the store: each time is a round trip to Redis.</summary>
public sealed class StoreOperationsTests
{
    [Fact]
    public async Task A_refresh_and_a_redemption_read_what_they_need_and_write_once()
    {
        await using var system = await TestSystem.StartAsync();
        using var recording = new Recording(system.Server.Services);
        using var client = system.CreateClient();
        using var browser = new Browser();
        // A client's first use is stored.
        await client.SignInAsync(browser);
        var code = await client.GetCodeAsync(browser);

        var (tokens, redemption) = await InTraceAsync(() => client.RedeemAsync(code));
        Assert.Equal(200, tokens.Status);
        var (refreshed, refresh) = await InTraceAsync(() => client.RefreshAsync(tokens.RefreshToken));
        Assert.Equal(200, refreshed.Status);

        // Grant and client, and for a refresh the user, are read at once, under the name of the first.
        Assert.Equal("get grant, replace grant", OperationsOf(recording, redemption));
        Assert.Equal("get grant, replace grant", OperationsOf(recording, refresh));
    }

    private static async Task<(T Result, ActivityTraceId Trace)> InTraceAsync<T>(Func<Task<T>> request)
    {
        using var activity = new Activity("test").Start();
        return (await request(), activity.TraceId);
    }

    private static string OperationsOf(Recording recording, ActivityTraceId trace) =>
        string.Join(
            ", ",
            recording
                .SpansOf(trace)
                .Where(span => span.GetTagItem("mcpoidc.record") is not null)
                .OrderBy(span => span.StartTimeUtc)
                .Select(span => $"{span.DisplayName["store ".Length..]} {span.GetTagItem("mcpoidc.record")}")
        );
}
