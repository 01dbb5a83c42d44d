using McpOidc.Revocation;

namespace McpOidc.Tests.Revocation;

/// <summary>What a reader of the log of ended grants learns from its next version.</summary>
public sealed class RevocationLogTests
{
    private static readonly RevocationLog s_empty = new()
    {
        Id = "a",
        Position = 0,
        Ended = [],
    };

    [Fact]
    public void A_reader_learns_the_entries_since_its_last_read()
    {
        Assert.Equal(["1", "2"], s_empty.With(["1", "2"]).After(s_empty)!);
        var read = s_empty.With(["1", "2"]);
        Assert.Empty(read.After(read)!);
        Assert.Equal(["3"], read.With(["3"]).After(read)!);
    }

    [Fact]
    public void A_full_log_keeps_its_newest_entries()
    {
        var full = s_empty.With(Entries(RevocationLog.Capacity + 1));
        Assert.Equal((RevocationLog.Capacity + 1, "1", "256"), (full.Position, full.Ended[0], full.Ended[^1]));
    }

    // Of all its entries, one must be known from before: it shows that the log is still the same.
    [Fact]
    public void A_reader_that_missed_as_many_entries_as_the_log_holds_knows_nothing()
    {
        var read = s_empty.With(["known"]);
        Assert.Equal(RevocationLog.Capacity - 1, read.With(Entries(RevocationLog.Capacity - 1)).After(read)!.Length);
        Assert.Null(read.With(Entries(RevocationLog.Capacity)).After(read));
        Assert.Equal(RevocationLog.Capacity, s_empty.With(Entries(RevocationLog.Capacity)).After(s_empty)!.Length);
        Assert.Null(s_empty.With(Entries(RevocationLog.Capacity + 1)).After(s_empty));
    }

    [Fact]
    public void A_reader_of_another_or_a_later_log_knows_nothing()
    {
        var read = s_empty.With(["1", "2"]);
        Assert.Null((read.With(["3"]) with { Id = "b" }).After(read));
        Assert.Null(s_empty.With(["1"]).After(read));
        Assert.Null(s_empty.With(["1", "other", "3"]).After(read));
    }

    private static string[] Entries(int count) => [.. Enumerable.Range(0, count).Select(number => $"{number}")];
}
