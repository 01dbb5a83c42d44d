namespace McpOidc.AppHost.Tests;

/// <summary>One test at a time: path, console and two cores are shared.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AppHostCollection
{
    public const string Name = "AppHost";
}
