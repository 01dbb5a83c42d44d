namespace McpOidc.Tests.Packages;

/// <summary>Tests that run compilers: one after another, and not alongside other tests, whose time they would take.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BuildsOthersCollection : ICollectionFixture<PackedPackages>
{
    /// <summary>Its name.</summary>
    public const string Name = "runs compilers";
}
