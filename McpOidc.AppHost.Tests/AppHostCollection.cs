namespace McpOidc.AppHost.Tests;

/// <summary>Runs one test at a time: they share PATH, the console and two cores.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AppHostCollection
{
    public const string Name = "AppHost";
}
