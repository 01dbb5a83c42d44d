namespace McpOidc.Timeline;

/// <summary>One step of a sign-in. Never a token, code or secret, and of the person the subject only.</summary>
/// <param name="At">When.</param>
/// <param name="Step">What, in a short stable word such as <c>authorize</c> (docs/admin.md lists them).</param>
/// <param name="Detail">More about it, in words.</param>
/// <param name="Trace">The trace id of the request: of OpenTelemetry where it is on, and of the audit log either way.</param>
public sealed record TimelineStep(DateTimeOffset At, string Step, string? Detail, string? Trace);
