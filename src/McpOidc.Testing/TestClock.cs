namespace McpOidc.Testing;

/// <summary>Real time plus an offset that a test moves. Timers and time-outs stay real, so nothing waits for a test to move it.</summary>
public sealed class TestClock : TimeProvider
{
    private long _offset;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    /// <summary>Moves the time of day, forwards or backwards.</summary>
    /// <param name="by">By how much.</param>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
}
