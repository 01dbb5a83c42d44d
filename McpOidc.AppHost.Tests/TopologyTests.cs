namespace McpOidc.AppHost.Tests;

/// <summary>What the AppHost makes of each choice, before anything starts.</summary>
[Collection(AppHostCollection.Name)]
public sealed class TopologyTests
{
    private static readonly AppHostExpectation s_appHost = new(AppHostProgram.Real);

    public static TheoryData<string> Topologies => [.. AppHostExpectation.Topologies.Keys];

    [Theory]
    [MemberData(nameof(Topologies))]
    public async Task The_AppHost_makes_the_topology_that_is_written_down(string topology) =>
        Assert.Null(await s_appHost.DifferenceAsync(topology));

    [Fact]
    public void Every_setting_that_the_AppHost_gives_is_one_that_the_servers_have() => Assert.Empty(AppHostExpectation.UnknownSettings());
}
