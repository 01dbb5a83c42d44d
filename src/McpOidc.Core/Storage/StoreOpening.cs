using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Storage;

/// <summary>Opens the store before the server accepts requests, so that the first ones do not all wait for the connection.</summary>
internal static class StoreOpening
{
    /// <summary>
    /// Starts to connect while settings are checked and the application is built, which takes about as long. A failure is reported to the
    /// first caller that needs the store.
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
