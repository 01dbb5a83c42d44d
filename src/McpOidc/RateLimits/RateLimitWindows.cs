namespace McpOidc.RateLimits;

/// <summary>The windows counted in this process. Bounded: an attacker with ever new keys displaces those that were hardly used.</summary>
internal sealed class RateLimitWindows(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Limit, string Key), RateLimitWindow> _windows = [];

    internal int MaximumKept { get; init; } = 50_000;

    public int Kept
    {
        get
        {
            lock (_lock)
            {
                return _windows.Count;
            }
        }
    }

    /// <summary>The current window, if anything was counted in it.</summary>
    public RateLimitWindow? Find(RateLimit limit, string key)
    {
        lock (_lock)
        {
            return _windows.TryGetValue((limit.Name, key), out var known) && clock.GetUtcNow() < known.End ? known : null;
        }
    }

    public RateLimitWindow Open(RateLimit limit, string key)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_windows.TryGetValue((limit.Name, key), out var known) && now < known.End)
            {
                return known;
            }

            if (_windows.Count >= MaximumKept)
            {
                MakeRoom(now);
            }

            // Windows start and end at the same times in every process.
            var end = new DateTimeOffset((now.UtcTicks / limit.Window.Ticks * limit.Window.Ticks) + limit.Window.Ticks, TimeSpan.Zero);
            return _windows[(limit.Name, key)] = new RateLimitWindow(end);
        }
    }

    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (key, _) in _windows.Where(window => window.Value.End <= now).ToList())
        {
            _windows.Remove(key);
        }

        if (_windows.Count < MaximumKept)
        {
            return;
        }

        foreach (var (key, _) in _windows.OrderBy(window => window.Value.Count).Take(MaximumKept / 2).ToList())
        {
            _windows.Remove(key);
        }
    }
}
