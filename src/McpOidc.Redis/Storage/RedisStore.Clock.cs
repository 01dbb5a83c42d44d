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
            // Only the clock comparison depends on it.
            return null;
        }
    }
}
