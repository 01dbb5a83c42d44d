using McpOidc.Storage;

namespace McpOidc.Timeline;

/// <summary>The timelines of the error pages of the last day.</summary>
public sealed class SignInTimelines
{
    private const int MaximumLength = 40;
    private readonly RecordStore _records;

    internal SignInTimelines(RecordStore records) => _records = records;

    /// <summary>Finds the timeline of an error page.</summary>
    /// <param name="reference">The reference on the page.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if there is none: it is older than a day, mistyped, or was beyond the limit per minute.</returns>
    public async Task<SignInTimeline?> FindAsync(string reference, CancellationToken cancellationToken = default)
    {
        var sought = reference.Trim();
        return sought.Length > MaximumLength ? null
            : (await _records.GetAsync(ServerKeys.Timeline, sought, cancellationToken))?.Value is { } kept
                ? new SignInTimeline(sought, kept.At, kept.Reason, kept.Request, kept.Device, kept.Trace, kept.Steps)
            : null;
    }
}
