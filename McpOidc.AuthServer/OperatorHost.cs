using McpOidc.Audit;

namespace McpOidc.AuthServer;

/// <summary>The services for a command: with the server's settings, but without serving.</summary>
internal static class OperatorHost
{
    /// <summary>The settings in the arguments. A process runs one command.</summary>
    public static string[] Settings { get; set; } = [];

    public static async Task<T> UseAsync<T>(Func<IServiceProvider, Task<T>> work)
    {
        // Read in the same way as by the server, so that both open the same store.
        var builder = WebApplication.CreateBuilder(Settings);
        builder.AddSettingsBesideProgram();
        builder.Logging.ClearProviders();
        builder.Services.AddMcpOidc().AddAuthorizationServer().AddProcessGuards().AddDoctor();
        await using var host = builder.Build();
        return await work(host.Services);
    }

    /// <summary>For a command that changes something: writes its audit events before it ends.</summary>
    public static Task<T> ChangeAsync<T>(Func<IServiceProvider, Task<T>> work) =>
        UseAsync(async services =>
        {
            var result = await work(services);
            await services.GetRequiredService<AuditTrail>().WriteAsync();
            return result;
        });
}
