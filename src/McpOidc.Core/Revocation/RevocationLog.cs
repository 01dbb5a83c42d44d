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

    /// <summary>The entries after a place, or <see langword="null"/> when they are not known.</summary>
    public ReadOnlyMemory<string>? After(string id, long position)
    {
        var missed = Position - position;
        return id == Id && missed >= 0 && missed <= Ended.Length ? Ended.AsMemory(Ended.Length - (int)missed) : null;
    }
}
