namespace McpOidc.Timeline;

/// <summary>What led to an error page. Never contains a token, code or secret, and of the user only the subject.</summary>
/// <param name="Reference">The reference on the page.</param>
/// <param name="At">When the page was shown.</param>
/// <param name="Reason">The short error code, which is also in the log.</param>
/// <param name="Request">Method and path of the request that resulted in the page.</param>
/// <param name="Device">The device according to the browser.</param>
/// <param name="Trace">The trace id of that request, for searching the log.</param>
/// <param name="Steps">What happened, oldest first.</param>
public sealed record SignInTimeline(
    string Reference,
    DateTimeOffset At,
    string Reason,
    string Request,
    string? Device,
    string? Trace,
    IReadOnlyList<TimelineStep> Steps
);
