namespace McpOidc.Tests.Hosting;

/// <summary>One integrated system for all tests of a class. Tests change nothing in it that another one could notice.</summary>
public sealed class SystemFixture : IAsyncLifetime
{
    public TestSystem System { get; private set; } = null!;

    public async Task InitializeAsync() => System = await TestSystem.StartAsync();

    public async Task DisposeAsync() => await System.DisposeAsync();
}
