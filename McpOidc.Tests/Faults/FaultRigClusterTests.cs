using McpOidc.Tests.Hosting;
using Xunit.Abstractions;

namespace McpOidc.Tests.Faults;

/// <summary>The same runs on a Redis Cluster.</summary>
[Collection(FaultRigCollection.Name)]
public sealed class FaultRigClusterTests(ITestOutputHelper output)
{
    [RedisFact]
    public async Task On_a_Redis_Cluster_no_person_is_signed_out_and_nothing_ended_works_while_everything_fails()
    {
        await using var cluster = await RedisCluster.StartAsync(FaultRig.Durable);
        await FaultRun.HoldAsync("Redis Cluster", cluster.Nodes, cluster.ConnectionString, output);
    }
}
