namespace McpOidc.Timeline;

/// <summary>What led to an error page that somebody saw. Never a token, code or secret, and of the person the subject only.</summary>
/// <param name="Reference">The reference on the page.</param>
/// <param name="At">When the page was shown.</param>
/// <param name="Reason">The short code of the error, which the log has too.</param>
/// <param name="Request">Method and path of the request that ended in the page.</param>
/// <param name="Device">What the browser said of the device.</param>
/// <param name="Trace">The trace id of that request, by which the log is searched.</param>
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
