namespace McpOidc.Timeline;

/// <summary>What led to an error page.</summary>
internal sealed record TimelineRecord
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The short code of the error, which the log has too.</summary>
    public required string Reason { get; init; }

    /// <summary>Method and path of the request that ended in the page; its query, which may have a code in it, is left out.</summary>
    public required string Request { get; init; }
    public string? Device { get; init; }
    public string? Trace { get; init; }
    public required TimelineStep[] Steps { get; init; }
}
