using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Storage;

/// <summary>Opens the store before the server takes requests, so that the first of them do not all wait for one connection.</summary>
internal static class StoreOpening
{
    /// <summary>
    /// Begins to connect while settings are checked and the application is put together, which takes as long. What goes wrong is told by
    /// the first who asks for the store.
    /// </summary>
    public static void Begin(IServiceProvider services) =>
        Task.Run(services.GetRequiredService<IMcpOidcStore>)
            .ContinueWith(
                static failed => _ = failed.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default
            );
}
