using System.Collections.Concurrent;

namespace McpOidc.Federation;

/// <summary>
/// Fetches the metadata of issuers once for all callers, and again when they are old. If an issuer does not respond, callers do not wait
/// for it one after the other, and old metadata remain in use, because keys rarely change.
/// </summary>
internal sealed class FetchedMetadata<T>(Func<string, Task<T>> fetch, TimeProvider clock)
    where T : class
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly SingleFlight<T> _flights = new();

    private sealed record Kept(T? Value, DateTimeOffset FetchedAt, DateTimeOffset FailedAt, IdentityProviderException? Problem);

    /// <exception cref="IdentityProviderException">They were never fetched, and are currently unavailable.</exception>
    public async ValueTask<T> GetAsync(string issuer, TimeSpan maximumAge, CancellationToken cancellationToken) =>
        Find(issuer, maximumAge) ?? await _flights.RunAsync(issuer, () => FetchAsync(issuer, maximumAge), cancellationToken);

    private T? Find(string issuer, TimeSpan maximumAge) =>
        _kept.TryGetValue(issuer, out var kept) && IsWithin(clock.GetUtcNow() - kept.FetchedAt, maximumAge) ? kept.Value : null;

    // A clock that was set back must not make everything new until it has caught up.
    private static bool IsWithin(TimeSpan age, TimeSpan maximum) => age >= TimeSpan.Zero && age < maximum;

    private async Task<T> FetchAsync(string issuer, TimeSpan maximumAge)
    {
        if (Find(issuer, maximumAge) is { } fetched)
        {
            return fetched;
        }

        var known = _kept.GetValueOrDefault(issuer);
        if (known is not null && IsWithin(clock.GetUtcNow() - known.FailedAt, s_pause))
        {
            return known.Value
                ?? throw new IdentityProviderException($"The issuer did not respond a moment ago: {known.Problem?.Cause}.")
                {
                    Failure = known.Problem?.Failure ?? IdentityProviderFailure.Away,
                    Cause = known.Problem?.Cause,
                };
        }

        try
        {
            var value = await fetch(issuer);
            _kept[issuer] = new Kept(value, clock.GetUtcNow(), FailedAt: default, Problem: null);
            return value;
        }
        catch (IdentityProviderException exception)
        {
            _kept[issuer] = new Kept(known?.Value, known?.FetchedAt ?? default, clock.GetUtcNow(), exception);
            if (known?.Value is null)
            {
                throw;
            }

            return known.Value;
        }
    }
}
