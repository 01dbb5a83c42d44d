using McpOidc.Authorization;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Protection;

/// <summary>
/// Publishes to the authorization server, through the store, the scopes of this MCP server and the tools that they grant access to, so
/// that both agree without further settings. Written once all endpoints are mapped; retried while the store is unreachable.
/// </summary>
internal sealed partial class ScopePublishingHostedService(
    RecordStore records,
    ProtectedResources resources,
    ProtectedScopes scopes,
    PrimitiveScopes primitives,
    ILogger<ScopePublishingHostedService> logger
) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private Task _again = Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!await TryWriteAsync(cancellationToken))
        {
            _again = WriteAgainAsync(_stopping.Token);
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _again.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    private async Task WriteAgainAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_pause);
        while (await timer.WaitForNextTickAsync(cancellationToken) && !await TryWriteAsync(cancellationToken)) { }
    }

    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var resource in resources.All)
            {
                await WriteAsync(resource, cancellationToken);
            }

            return true;
        }
        catch (StoreUnavailableException exception)
        {
            LogNotPublished(exception);
            return false;
        }
    }

    private async Task WriteAsync(ProtectedResource resource, CancellationToken cancellationToken)
    {
        var published = new PublishedScopes
        {
            Base = [.. scopes.BaseOf(resource)],
            All = [.. scopes.AllOf(resource)],
            Tools = primitives.Titles(),
        };
        var id = PublishedScopes.IdOf(resource.Options.Resource);
        await records.ChangeAsync(StoreKeys.ResourceScopes, id, _ => published, cancellationToken);
    }

    [LoggerMessage(
        1606,
        LogLevel.Warning,
        "Writing this server's scopes to the store failed and will be retried. Until then the authorization server " + "does not know them."
    )]
    private partial void LogNotPublished(Exception exception);
}
