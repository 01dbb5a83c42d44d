using McpOidc.Tests.Hosting;
using Xunit.Abstractions;

namespace McpOidc.Tests.Faults;

/// <summary>During faults, users stay signed in and revoked tokens and codes stay unusable (issue 4). <c>Faults/run</c> is the long
/// version.</summary>
[Collection(FaultRigCollection.Name)]
public sealed class FaultRigTests(ITestOutputHelper output)
{
    [RedisFact]
    public async Task On_a_single_Redis_no_person_is_signed_out_and_nothing_ended_works_while_everything_fails()
    {
        await using var redis = await RedisServer.StartAsync(FaultRig.Durable);
        await FaultRun.HoldAsync("one Redis", [redis], redis.ConnectionString, output);
    }
}
