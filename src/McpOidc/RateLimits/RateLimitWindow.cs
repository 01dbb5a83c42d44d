namespace McpOidc.RateLimits;

/// <summary>What is known here of one key's use within one window.</summary>
internal sealed class RateLimitWindow(DateTimeOffset end)
{
    private readonly Lock _lock = new();
    private long _told;
    private int _untold;
    private bool _isTelling;
    private bool _wasRefused;

    public DateTimeOffset End => end;

    public long Count
    {
        get
        {
            lock (_lock)
            {
                return _told + _untold;
            }
        }
    }

    /// <summary>Counts, if there is room.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="toTell">What the caller has to tell the other processes now; 0 for nothing.</param>
    /// <param name="amount">How many at once.</param>
    public bool TrySpend(RateLimit limit, out int toTell, int amount = 1)
    {
        lock (_lock)
        {
            toTell = 0;
            if (_told + _untold + amount > limit.Permits)
            {
                return false;
            }

            _untold += amount;
            if (_untold >= limit.Step && !_isTelling)
            {
                _isTelling = true;
                toTell = _untold;
            }

            return true;
        }
    }

    /// <summary>Takes back one that was counted here.</summary>
    public void GiveBack()
    {
        lock (_lock)
        {
            _untold--;
        }
    }

    /// <param name="told">What the others know of now.</param>
    /// <param name="total">What all processes have counted, or <see langword="null"/> when they could not be told.</param>
    public void Told(int told, long? total)
    {
        lock (_lock)
        {
            _isTelling = false;
            if (total is { } known)
            {
                _told = known;
                _untold -= told;
            }
        }
    }

    /// <summary>Whether this refusal is the first.</summary>
    public bool Refuse()
    {
        lock (_lock)
        {
            var isFirst = !_wasRefused;
            _wasRefused = true;
            return isFirst;
        }
    }
}
