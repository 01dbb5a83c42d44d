using McpOidc.Audit;

namespace McpOidc.AuthServer;

/// <summary>The services for a command: with the settings of the server, and without serving.</summary>
internal static class OperatorHost
{
    /// <summary>The settings among the arguments. A process runs one command.</summary>
    public static string[] Settings { get; set; } = [];

    public static async Task<T> UseAsync<T>(Func<IServiceProvider, Task<T>> work)
    {
        // As the server reads its settings, so that both open the same store.
        var builder = WebApplication.CreateBuilder(Settings);
        builder.AddSettingsBesideProgram();
        builder.Logging.ClearProviders();
        builder.Services.AddMcpOidc().AddAuthorizationServer().AddProcessGuards().AddDoctor();
        await using var host = builder.Build();
        return await work(host.Services);
    }

    /// <summary>For a command that changes something: what it did is in the audit trail before it ends.</summary>
    public static Task<T> ChangeAsync<T>(Func<IServiceProvider, Task<T>> work) =>
        UseAsync(async services =>
        {
            var result = await work(services);
            await services.GetRequiredService<AuditTrail>().WriteAsync();
            return result;
        });
}
