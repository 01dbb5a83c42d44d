namespace McpOidc.Revocation;

/// <summary>
/// The most recently ended grants: the last entries of an append-only log. A reader that follows it knows from its position which entries
/// are new. A reader that is too far behind, or finds a different log, discards its cache.
/// </summary>
internal sealed record RevocationLog
{
    /// <summary>How many entries are kept. If more end at once, as when a client with many installations is deleted, all readers discard
    /// their caches.</summary>
    public const int Capacity = 256;

    /// <summary>Random; differs after a store was emptied.</summary>
    public required string Id { get; init; }

    /// <summary>The number of the last entry.</summary>
    public required long Position { get; init; }

    /// <summary>The ids of the ended grants, oldest first; the last one has the number <see cref="Position"/>.</summary>
    public required string[] Ended { get; init; }

    /// <summary>Changes with the key ring, so that keys are fetched again immediately.</summary>
    public long KeyRing { get; init; }

    public RevocationLog With(IReadOnlyCollection<string> ended) =>
        this with
        {
            Position = Position + ended.Count,
            Ended = [.. Ended.Concat(ended).TakeLast(Capacity)],
        };

    /// <summary>The entries added since the log was last read, or <see langword="null"/> if they are not known.</summary>
    public string[]? After(RevocationLog read)
    {
        var missed = Position - read.Position;
        if (Id != read.Id || missed < 0 || missed > Ended.Length)
        {
            return null;
        }

        // The last entry read must still be in its place: a log that was restored from a backup may have grown by other entries.
        var next = Ended.Length - (int)missed;
        return read.Ended is [.., var last] && (next == 0 || Ended[next - 1] != last) ? null : Ended[next..];
    }
}
