using System.Globalization;
using StackExchange.Redis;

namespace McpOidc.Storage;

internal sealed partial class RedisStore
{
    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> GetTimeAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            // Seconds and microseconds.
            var time = (string[])(await AskAsync(() => Database.ExecuteAsync("TIME", [], CommandFlags.DemandMaster), cancellationToken))!;
            return DateTimeOffset.UnixEpoch
                + TimeSpan.FromSeconds(long.Parse(time[0], CultureInfo.InvariantCulture))
                + TimeSpan.FromMicroseconds(long.Parse(time[1], CultureInfo.InvariantCulture));
        }
        catch (StoreUnavailableException exception) when (IsRefusal(exception.InnerException))
        {
            return null;
        }
    }

    // The user may not use it: nothing else depends on it.
    private static bool IsRefusal(Exception? exception) =>
        exception is RedisCommandException
        || (
            exception is RedisServerException
            && Array.Exists(s_refusals, refusal => exception.Message.Contains(refusal, StringComparison.OrdinalIgnoreCase))
        );
}
