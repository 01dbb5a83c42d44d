using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>
/// A storage limit for all unauthenticated callers, across all processes. Each process counts what it writes by expiry time, and adds that
/// to one shared record after every 64th of the limit and once a minute: an ordinary refresh writes nothing that counts and costs nothing.
/// While the store is unreachable, each process uses its own count.
/// </summary>
internal sealed class StrangerLedger(
    IMcpOidcStore store,
    IOptions<RateLimitOptions> options,
    RateLimiter limiter,
    RateLimitSet limits,
    CallerAddress addresses,
    IHttpContextAccessor http,
    AuditLog audit,
    TimeProvider clock
) : IStrangerLedger
{
    private const int RetryAfterSeconds = 60;
    private const int StepsOfCeiling = 64;
    private static readonly TimeSpan s_tellInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_readInterval = TimeSpan.FromSeconds(1);

    // Longer-lived data may take three quarters: an attacker who slowly fills the store over days leaves room for sign-ins. Data without
    // an end may take a quarter: what fills up with it does not become free again.
    private static readonly TimeSpan s_longLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_endless = TimeSpan.FromDays(3650);

    private readonly Lock _lock = new();
    private readonly StoredBytes _untold = new();
    private StoredBytes _shared = new();
    private DateTimeOffset _toldAt = clock.GetUtcNow();
    private bool _isTelling;
    private long _refusedIn;

    private long Ceiling => options.Value.Enabled ? options.Value.StrangersMegabytes * 1024L * 1024L : 0;

    public bool IsNearCeiling => Ceiling > 0 && Total() > Ceiling / 3;

    public async ValueTask SpendAsync(int bytes, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        await SpendOfAddressAsync(bytes);
        if (Ceiling == 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var allowed = AllowedFor(expiresAt - now);
        if (Total() + bytes > allowed && !(await TryTellAsync(s_readInterval, cancellationToken) && Total() + bytes <= allowed))
        {
            throw Refuse(nameof(RateLimitOptions.StrangersMegabytes), RetryAfterSeconds, IsFirstIn(now));
        }

        bool isStep;
        lock (_lock)
        {
            _untold.Add(expiresAt, now, bytes);
            isStep = _untold.Volume >= Ceiling / StepsOfCeiling;
        }

        await TryTellAsync(isStep ? TimeSpan.Zero : s_tellInterval, cancellationToken);
    }

    public async ValueTask SpendOfAddressAsync(int bytes)
    {
        if (
            http.HttpContext is { } context
            && await limiter.SpendAsync(limits.StoredKilobytesOfAddress, addresses.KeyOf(context), bytes) is { } refusal
        )
        {
            throw Refuse(refusal.Limit, refusal.RetryAfter, refusal.IsFirst);
        }
    }

    public void Count(int bytes, DateTimeOffset expiresAt)
    {
        lock (_lock)
        {
            _untold.Add(expiresAt, clock.GetUtcNow(), bytes);
        }
    }

    public void Release(int bytes, DateTimeOffset expiresAt) => Count(-bytes, expiresAt);

    private long AllowedFor(TimeSpan lifetime) =>
        lifetime > s_endless ? Ceiling / 4
        : lifetime > s_longLife ? Ceiling * 3 / 4
        : Ceiling;

    private long Total()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            return Math.Max(0, _shared.SumAt(now) + _untold.SumAt(now));
        }
    }

    /// <summary>Shares the local count and reads the others', unless that was done within the interval.</summary>
    private async ValueTask<bool> TryTellAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        StoredBytes told;
        lock (_lock)
        {
            if (_isTelling || clock.GetUtcNow() - _toldAt < interval)
            {
                return false;
            }

            (_isTelling, told) = (true, _untold.Copy());
        }

        StoredBytes? total = null;
        try
        {
            await store.ChangeAsync(
                ServerKeys.StoredByStrangers,
                found =>
                {
                    total = StoredBytes.Read(found?.Value).Plus(told, clock.GetUtcNow());
                    return new(total.Write());
                },
                cancellationToken
            );
        }
        catch (StoreUnavailableException)
        {
            // Operations that need the store report it themselves.
            total = null;
        }
        finally
        {
            lock (_lock)
            {
                (_isTelling, _toldAt) = (false, clock.GetUtcNow());
                if (total is not null)
                {
                    _untold.Subtract(told);
                    _shared = total;
                }
            }
        }

        return total is not null;
    }

    private bool IsFirstIn(DateTimeOffset now)
    {
        var minute = now.ToUnixTimeSeconds() / RetryAfterSeconds;
        return Interlocked.Exchange(ref _refusedIn, minute) != minute;
    }

    private StrangersFullException Refuse(string limit, int retryAfter, bool isFirst)
    {
        audit.LimitReached(new RateLimitRefusal(limit, retryAfter, isFirst), sent: null);
        return new StrangersFullException($"The storage limit for unauthenticated callers is reached: {limit}.", retryAfter);
    }
}
