namespace McpOidc.Timeline;

/// <summary>One step of a sign-in. Never contains a token, code or secret, and of the user only the subject.</summary>
/// <param name="At">The time.</param>
/// <param name="Step">A short, stable name such as <c>authorize</c> (docs/admin.md lists them).</param>
/// <param name="Detail">Details, in words.</param>
/// <param name="Trace">The trace id of the request: OpenTelemetry's if enabled, and the audit log's in any case.</param>
public sealed record TimelineStep(DateTimeOffset At, string Step, string? Detail, string? Trace);
