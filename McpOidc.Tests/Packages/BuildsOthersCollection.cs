namespace McpOidc.Tests.Packages;

/// <summary>Tests that run compilers: one after another, and when no other test runs whose seconds they would take.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BuildsOthersCollection : ICollectionFixture<PackedPackages>
{
    /// <summary>Its name.</summary>
    public const string Name = "runs compilers";
}
