using System.Collections.Concurrent;
using System.Diagnostics;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Federation;

/// <summary>
/// Stores the provider's response, however many attempts that takes: the provider may already have ended the old refresh token, and then
/// only this process has the new one.
/// </summary>
internal sealed partial class IdentityProviderTokenWritingHostedService(
    UserSessions users,
    ILogger<IdentityProviderTokenWritingHostedService> logger
) : IHostedService
{
    /// <summary>Longer than a restart of Redis takes.</summary>
    private static readonly TimeSpan s_keepTrying = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentDictionary<string, Task> _pending = new(StringComparer.Ordinal);

    /// <summary>A user's pending change.</summary>
    public Task Pending(string subject) => _pending.TryGetValue(subject, out var pending) ? pending : Task.CompletedTask;

    /// <summary>Writes a change of a user's record. Completes when it is written or abandoned.</summary>
    public async Task WriteAsync(string subject, Func<UserRecord, UserRecord?> change)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[subject] = written.Task;
        try
        {
            await TryAsync(subject, change);
        }
        finally
        {
            _pending.TryRemove(new(subject, written.Task));
            written.SetResult();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A stopping process first writes what only it knows.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_pending.Values).WaitAsync(cancellationToken);

    private async Task TryAsync(string subject, Func<UserRecord, UserRecord?> change)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; )
        {
            try
            {
                await users.UpdateAsync(subject, change, CancellationToken.None);
                return;
            }
            catch (StoreUnavailableException exception) when (Stopwatch.GetElapsedTime(begun) < s_keepTrying)
            {
                LogNotWritten(exception);
            }
            catch (StoreUnavailableException exception)
            {
                LogLost(subject, exception);
                return;
            }

            await Task.Delay(s_betweenTries);
        }
    }

    [LoggerMessage(
        1407,
        LogLevel.Warning,
        "Storing new identity provider tokens failed: the store is unreachable. They are kept in memory and stored once it is reachable."
    )]
    private partial void LogNotWritten(Exception exception);

    [LoggerMessage(
        1408,
        LogLevel.Error,
        "New identity provider tokens of user {Subject} are lost: the store was unreachable for too long."
    )]
    private partial void LogLost(string subject, Exception exception);
}
