using System.Globalization;
using McpOidc.Tests.Hosting;
using Xunit.Abstractions;

namespace McpOidc.Tests.Faults;

/// <summary>Failovers do not force a new sign-in (issue 23). <c>.ci/long sentinel</c> is the long version.</summary>
[Collection(FaultRigCollection.Name)]
public sealed class SentinelRigTests(ITestOutputHelper output)
{
    private const string Seconds = "MCPOIDC_SENTINEL_SECONDS";
    private const string Replicas = "MCPOIDC_SENTINEL_REPLICAS";
    private const string Namespaces = "MCPOIDC_SENTINEL_NAMESPACES";

    [RedisFact]
    public async Task With_sentinels_no_person_is_signed_out_or_mistaken_for_a_thief_and_no_code_is_redeemed_twice()
    {
        var duration = TimeSpan.FromSeconds(int.Parse(Setting(Seconds, "1"), CultureInfo.InvariantCulture));
        var replicas = Setting(Replicas, "1");
        await using var network = Setting(Namespaces, "0") == "1" ? await PrivateNetwork.CreateAsync(nodes: 3) : null;
        await using var redis = await SentinelGroup.StartAsync(network, ["--appendonly", "yes"]);
        using var store = TestStore.Redis(redis.ConnectionString);
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:Redis:WaitForReplicas", replicas);
                options.Set("McpOidc:RateLimits:Enabled", "false");
            },
            store
        );
        var other = await system.StartSecondServerAsync();
        var rig = new SentinelRig(redis, system, other, duration, Random.Shared.Next(1_000_000));
        try
        {
            await rig.RunAsync();
        }
        finally
        {
            output.WriteLine($"sentinels, WaitForReplicas={replicas}\n{rig.Report()}");
        }

        Assert.True(rig.Refreshes > 100, rig.Report());
        // Losses are counted, and cost no sign-in. One replica that confirms makes them rare and not impossible: Sentinel may promote the
        // other one, because the offsets it compares are up to ten seconds old.
        Assert.Equal((0, 0), (rig.FalseThefts, rig.ForcedSignOuts));
        Assert.True(replicas == "0" || rig.DoubleRedemptions == 0, rig.Report());
    }

    private static string Setting(string variable, string otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? text : otherwise;
}
