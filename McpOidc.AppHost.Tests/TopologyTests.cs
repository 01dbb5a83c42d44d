namespace McpOidc.AppHost.Tests;

/// <summary>The AppHost's model for each choice, before anything starts.</summary>
[Collection(AppHostCollection.Name)]
public sealed class TopologyTests
{
    private static readonly AppHostExpectation s_appHost = new(AppHostProgram.Real);

    public static TheoryData<string> Topologies => [.. AppHostExpectation.Topologies.Keys];

    [Theory]
    [MemberData(nameof(Topologies))]
    public async Task The_AppHost_creates_the_expected_topology(string topology) => Assert.Null(await s_appHost.DifferenceAsync(topology));

    [Fact]
    public void Every_setting_that_the_AppHost_passes_is_known_to_the_servers() => Assert.Empty(AppHostExpectation.UnknownSettings());
}
