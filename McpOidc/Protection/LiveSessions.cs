using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// Whether the grant behind a token is still live. Looked up in the shared store, at most once a second for a grant, so that ending a
/// session takes effect within that second without a store round trip for every call.
/// </summary>
internal sealed partial class LiveSessions(Grants grants, IOptions<ProtectionOptions> options, TimeProvider clock, ILogger<LiveSessions> logger) : IDisposable
{
    private readonly MemoryCache _seen = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    private sealed record Seen(string? Owner, DateTimeOffset At)
    {
        public bool IsLiveFor(string subject) => Owner == subject;
    }

    /// <returns><see langword="null"/> when it cannot be told.</returns>
    public async ValueTask<bool?> IsLiveAsync(string grantId, string subject, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var seen = _seen.Get<Seen>(grantId);
        if (seen is not null && now - seen.At < options.Value.SessionCacheLifetime)
        {
            return seen.IsLiveFor(subject);
        }

        try
        {
            var grant = await grants.FindAsync(grantId, cancellationToken);
            seen = new Seen(grant is { Value.IsLive: true } ? grant.Value.Subject : null, now);
            _seen.Set(grantId, seen, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromMinutes(15) });
            return seen.IsLiveFor(subject);
        }
        catch (StoreUnavailableException exception)
        {
            LogStoreUnavailable(exception);
            return seen is not null && now - seen.At < options.Value.StoreOutageTolerance ? seen.IsLiveFor(subject) : null;
        }
    }

    public void Dispose() => _seen.Dispose();

    [LoggerMessage(1602, LogLevel.Warning, "The store cannot be reached: sessions seen live go on for a while, others are refused.")]
    private partial void LogStoreUnavailable(Exception exception);
}
