using McpOidc.Configuration;
using McpOidc.Revocation;
using McpOidc.Storage;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// Checks whether the grant behind a token is still live. It is looked up in the shared store once, and then cached as long as the
/// revocation log is followed and does not name it, which saves a round trip at each call.
/// </summary>
internal sealed class LiveSessions(
    RecordStore records,
    RevocationFeed feed,
    UnstoredRevocations unstored,
    IOptions<ResourceServerOptions> options,
    TimeProvider clock
) : IDisposable
{
    private readonly MemoryCache _seen = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    private sealed record Seen(string? Owner, DateTimeOffset At, long Place)
    {
        public bool IsLiveFor(string subject) => Owner == subject;
    }

    /// <returns><see langword="null"/> if it is unknown.</returns>
    public ValueTask<bool?> IsLiveAsync(string grantId, string subject, CancellationToken cancellationToken) =>
        unstored.Contain(grantId) ? new(false)
        : feed.IsFollowed && Remembered(grantId) is { } seen && clock.GetUtcNow() - seen.At < options.Value.GrantCacheLifetime
            ? new(seen.IsLiveFor(subject))
        : FindOutAsync(grantId, subject, cancellationToken);

    private Seen? Remembered(string grantId) =>
        _seen.Get<Seen>(grantId) is { } remembered && feed.Holds(grantId, remembered.Place) ? remembered : null;

    private async ValueTask<bool?> FindOutAsync(string grantId, string subject, CancellationToken cancellationToken)
    {
        var followed = await feed.CatchUpAsync(cancellationToken);
        var seen = Remembered(grantId);
        if (seen is not null && (followed ? clock.GetUtcNow() - seen.At < options.Value.GrantCacheLifetime : IsTolerated(seen)))
        {
            return seen.IsLiveFor(subject);
        }

        try
        {
            return (await LookUpAsync(grantId, cancellationToken)).IsLiveFor(subject);
        }
        catch (StoreUnavailableException)
        {
            return seen is not null && IsTolerated(seen) ? seen.IsLiveFor(subject) : null;
        }
    }

    public void Dispose() => _seen.Dispose();

    private async Task<Seen> LookUpAsync(string grantId, CancellationToken cancellationToken)
    {
        // Before the read: the log reports everything that ends during it after this position.
        var place = feed.Place;
        var grant = await records.GetAsync(StoreKeys.Grant, grantId, cancellationToken);
        var seen = new Seen(grant is { Value.IsLive: true } ? grant.Value.Subject : null, clock.GetUtcNow(), place);
        _seen.Set(grantId, seen, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromMinutes(15) });
        return seen;
    }

    // Counted from the last moment at which a revocation would have been noticed.
    private bool IsTolerated(Seen seen) =>
        clock.GetUtcNow() - (seen.At > feed.LastFollowed ? seen.At : feed.LastFollowed) < options.Value.StoreOutageTolerance;
}
