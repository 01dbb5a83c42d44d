namespace McpOidc.RateLimits;

/// <summary>The known usage of one key within one window.</summary>
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

    /// <summary>Counts, if the limit allows it.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="toTell">The count to share with other processes now; 0 for none.</param>
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

    /// <summary>Undoes one local count.</summary>
    public void GiveBack()
    {
        lock (_lock)
        {
            _untold--;
        }
    }

    /// <param name="told">The count that other processes now know.</param>
    /// <param name="total">The count of all processes, or <see langword="null"/> if sharing failed.</param>
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

    /// <summary>Whether this rejection is the first.</summary>
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
