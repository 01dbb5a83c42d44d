namespace McpOidc.Revocation;

/// <summary>
/// What ended lately: the last entries of a log that only grows. Whoever has followed it knows from its place what is new, and whoever
/// fell too far behind, or finds another log than the one followed, takes nothing remembered for granted any more.
/// </summary>
internal sealed record RevocationLog
{
    /// <summary>How many entries are kept. More at once, as when a client with many installations is deleted, make everybody look
    /// again.</summary>
    public const int Capacity = 256;

    /// <summary>Random; a store that was emptied has another one.</summary>
    public required string Id { get; init; }

    /// <summary>The number of the last entry.</summary>
    public required long Position { get; init; }

    /// <summary>The ids of the grants that ended, oldest first; the last one has the number <see cref="Position"/>.</summary>
    public required string[] Ended { get; init; }

    /// <summary>Changes when the key ring did, so that keys are fetched again at once.</summary>
    public long KeyRing { get; init; }

    public RevocationLog With(IReadOnlyCollection<string> ended) =>
        this with
        {
            Position = Position + ended.Count,
            Ended = [.. Ended.Concat(ended).TakeLast(Capacity)],
        };

    /// <summary>The entries after those of the log as it was read before, or <see langword="null"/> when they are not known.</summary>
    public string[]? After(RevocationLog read)
    {
        var missed = Position - read.Position;
        if (Id != read.Id || missed < 0 || missed > Ended.Length)
        {
            return null;
        }

        // The last one that was read has to be where it was: a log that was put back to an older point may have grown on by others.
        var next = Ended.Length - (int)missed;
        return read.Ended is [.., var last] && (next == 0 || Ended[next - 1] != last) ? null : Ended[next..];
    }
}
