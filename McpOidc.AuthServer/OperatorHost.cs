namespace McpOidc.AuthServer;

/// <summary>The services for a command: with the settings of the server, and without serving.</summary>
internal static class OperatorHost
{
    public static async Task<T> UseAsync<T>(Func<IServiceProvider, Task<T>> work, string[]? settings = null)
    {
        // As the server reads its settings, so that both open the same store.
        var builder = WebApplication.CreateBuilder(settings ?? []);
        builder.Logging.ClearProviders();
        builder.Services.AddMcpOidc().AddServer();
        await using var host = builder.Build();
        return await work(host.Services);
    }
}
