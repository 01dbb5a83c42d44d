namespace McpOidc.Timeline;

/// <summary>What led to an error page.</summary>
internal sealed record TimelineRecord
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The short error code, which is also in the log.</summary>
    public required string Reason { get; init; }

    /// <summary>Method and path of the request that resulted in the page; without its query, which may contain a code.</summary>
    public required string Request { get; init; }
    public string? Device { get; init; }
    public string? Trace { get; init; }
    public required TimelineStep[] Steps { get; init; }
}
