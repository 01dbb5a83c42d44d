using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using McpOidc.Configuration;
using McpOidc.RateLimits;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Telemetry;

/// <summary>The metrics in docs/operations.md, after journeys that must change them.</summary>
public sealed class MetricsTests
{
    private const string Person = "alice";

    [Fact]
    public async Task A_complete_journey_increments_every_expected_counter()
    {
        await using var system = await TestSystem.StartAsync();
        using var recording = new Recording(system.Server.Services);
        using var client = system.CreateClient();
        using var browser = new Browser { UserName = Person };
        var first = await client.SignInAsync(browser);
        var second = await client.RefreshAsync(first.RefreshToken);
        await client.RefreshAsync(first.RefreshToken);
        await client.RefreshAsync((await client.RefreshAsync(second.RefreshToken)).RefreshToken);
        await EchoAsync(client, system, second.AccessToken);
        await EchoAsync(client, system, "no token");
        await client.RefreshAsync(first.RefreshToken);
        var code = await client.GetCodeAsync(browser);
        await client.RedeemAsync(code);
        await client.RedeemAsync(code);
        using var cancelling = new Browser { AtIdentityProvider = "cancel" };
        await client.AuthorizeAsync(cancelling);

        Assert.Equal(2, recording.Sum("mcpoidc.sign_ins.begun"));
        Assert.Equal(1, recording.Sum("mcpoidc.sign_ins.finished"));
        Assert.Equal(1, recording.Sum("mcpoidc.sign_ins.failed", ("error.type", "access_denied")));
        Assert.Equal(1, recording.Sum("mcpoidc.registrations", ("kind", "new")));
        Assert.Equal(1, recording.Sum("mcpoidc.refresh.retries"));
        Assert.True(recording.Sum("mcpoidc.refreshes") >= 3);
        Assert.Equal(1, recording.Sum("mcpoidc.refresh.replays"));
        Assert.Equal(1, recording.Sum("mcpoidc.code.replays"));
        Assert.Equal(2, recording.Sum("mcpoidc.revocations"));
        Assert.Equal(1, recording.Sum("mcpoidc.verifications", ("outcome", "valid")));
        Assert.Equal(1, recording.Sum("mcpoidc.verifications", ("outcome", "invalid")));
        Assert.True(recording.Count("mcpoidc.identity_provider.duration", ("operation", "token"), ("outcome", "ok")) >= 1);
        Assert.True(recording.Count("mcpoidc.identity_provider.duration", ("operation", "discovery"), ("outcome", "ok")) >= 1);
        Assert.True(recording.Count("mcpoidc.store.duration", ("operation", "get"), ("outcome", "ok")) > 5);
        AssertNobodyIsNamed(recording, client, first, second);
    }

    // Prometheus' increase() misses the first event of a counter that starts with it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_counter_is_zero_at_the_start(bool standalone)
    {
        var heard = new ConcurrentQueue<(object? Of, string Name, long Value, string Attributes)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, of) =>
        {
            if (instrument.Meter.Name == "McpOidc" && instrument is Counter<long>)
            {
                of.EnableMeasurementEvents(instrument, instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, attributes, _) =>
                heard.Enqueue(
                    (
                        instrument.Meter.Scope,
                        instrument.Name,
                        value,
                        string.Join(',', attributes.ToArray().Select(attribute => attribute.Value))
                    )
                )
        );
        listener.Start();
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone);
        using var recording = new Recording([.. system.Sites.Select(site => site.Services)]);

        var factories = system.Sites.Select(site => site.Services.GetService(typeof(IMeterFactory))).ToList();
        var zeros = heard
            .Where(measured => measured.Value == 0 && factories.Contains(measured.Of))
            .Select(measured => (measured.Name, measured.Value, measured.Attributes))
            .ToList();
        var counters = recording
            .Names.Distinct(StringComparer.Ordinal)
            .Where(name => !name.EndsWith(".duration", StringComparison.Ordinal) && name != "mcpoidc.clock.ahead");
        Assert.Empty(counters.Except(zeros.Select(zero => zero.Name), StringComparer.Ordinal));
        foreach (var outcome in (string[])["valid", "invalid", "unknown"])
        {
            Assert.Contains(("mcpoidc.verifications", 0L, outcome), zeros);
        }

        Assert.Contains(("mcpoidc.registrations", 0L, "shared"), zeros);
        Assert.Contains(("mcpoidc.sign_ins.failed", 0L, "access_denied"), zeros);
        Assert.Contains(("mcpoidc.rate_limited", 0L, "RequestsPerUserPerMinute"), zeros);
    }

    [Fact]
    public void Every_limit_has_a_counter()
    {
        var limits = new RateLimitSet(Options.Create(new RateLimitOptions()), Options.Create(new RegistrationOptions()));
        var all = typeof(RateLimitSet)
            .GetProperties()
            .Where(property => property.PropertyType == typeof(RateLimit))
            .Select(property => ((RateLimit)property.GetValue(limits)!).Name);
        Assert.Empty(all.Except(limits.Names, StringComparer.Ordinal));
    }

    [RedisFact]
    public async Task An_unavailable_store_and_an_unreachable_provider_are_distinguished()
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var system = await TestSystem.StartAsync(store: store);
        using var recording = new Recording(system.Server.Services);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        await system.Idp!.DisposeAsync();
        Assert.Equal("temporarily_unavailable", (await client.AuthorizeAsync(browser)).Query("error"));
        Assert.True(recording.Count("mcpoidc.identity_provider.duration", ("outcome", "unavailable")) >= 1);
        Assert.Equal(0, recording.Count("mcpoidc.store.duration", ("outcome", "unavailable")));

        await redis.KillAsync();
        using var answer = await client.Http.GetAsync(client.AuthorizeUrl());
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.True(recording.Count("mcpoidc.store.duration", ("outcome", "unavailable")) >= 1);
    }

    [Fact]
    public async Task A_caller_who_leaves_does_not_count_as_an_unavailable_store()
    {
        await using var system = await TestSystem.StartAsync();
        using var recording = new Recording(system.Server.Services);
        var store = system.Server.Services.GetRequiredService<IMcpOidcStore>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync("test:{a}", new CancellationToken(true)).AsTask());
        Assert.Equal(0, recording.Count("mcpoidc.store.duration", ("outcome", "unavailable")));
    }

    private static void AssertNobodyIsNamed(Recording recording, OAuthClient client, TokenAnswer first, TokenAnswer second)
    {
        string[] secrets =
        [
            client.ClientId,
            first.AccessToken,
            first.RefreshToken,
            second.AccessToken,
            second.RefreshToken,
            Person,
            $"{Person}@example.com",
            client.RedirectUri,
        ];
        var told = recording
            .Measured.SelectMany(measured => measured.Attributes)
            .Select(attribute => $"{attribute.Key}={attribute.Value}")
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Assert.All(told, attribute => Assert.DoesNotContain(secrets, secret => attribute.Contains(secret, StringComparison.Ordinal)));
        Assert.InRange(told.Count, 1, 60);
    }

    private static async Task EchoAsync(OAuthClient client, TestSystem system, string token)
    {
        using var answer = await client.CallAsync(system.McpOrigin + "/echo", token, HttpMethod.Post);
    }
}
