namespace McpOidc.Registration;

/// <summary>Which free registrations are logged: the first of each minute, and every hundredth after that.</summary>
internal sealed class RegistrationSample(TimeProvider clock)
{
    private const int NotedInMinute = 60;
    private const int Share = 100;
    private readonly Lock _lock = new();
    private long _minute;
    private long _count;

    public bool Take()
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_lock)
        {
            (_minute, _count) = minute == _minute ? (_minute, _count + 1) : (minute, 1);
            return _count <= NotedInMinute || _count % Share == 0;
        }
    }
}
