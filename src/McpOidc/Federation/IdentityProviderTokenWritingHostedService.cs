using System.Collections.Concurrent;
using System.Diagnostics;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Federation;

/// <summary>
/// Writes what the provider answered, however often the store has to be asked: the provider may have ended the old refresh token
/// already, and then only this process has the new one.
/// </summary>
internal sealed partial class IdentityProviderTokenWritingHostedService(
    UserSessions users,
    ILogger<IdentityProviderTokenWritingHostedService> logger
) : IHostedService
{
    /// <summary>Longer than it takes to start Redis again.</summary>
    private static readonly TimeSpan s_keepTrying = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentDictionary<string, Task> _pending = new(StringComparer.Ordinal);

    /// <summary>What is not written yet of a user.</summary>
    public Task Pending(string subject) => _pending.TryGetValue(subject, out var pending) ? pending : Task.CompletedTask;

    /// <summary>Writes a change of a user's record. Ends when it is written, or given up.</summary>
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

    /// <summary>A process that is asked to stop writes first what only it knows.</summary>
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
        "New tokens of the identity provider could not be written: the store is away. They are kept and written as soon as it is back."
    )]
    private partial void LogNotWritten(Exception exception);

    [LoggerMessage(
        1408,
        LogLevel.Error,
        "New tokens of the identity provider for user {Subject} are lost: the store stayed away too long."
    )]
    private partial void LogLost(string subject, Exception exception);
}
