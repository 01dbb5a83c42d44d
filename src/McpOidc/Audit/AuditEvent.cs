namespace McpOidc.Audit;

/// <summary>An audit event (docs/audit-events.md).</summary>
/// <param name="At">The time.</param>
/// <param name="Event">The event's name, for instance <c>grant.revoked</c>.</param>
/// <param name="Level"><c>Information</c> or <c>Warning</c>.</param>
/// <param name="Fields">Its fields by name, without empty ones.</param>
public sealed record AuditEvent(DateTimeOffset At, string Event, string Level, IReadOnlyDictionary<string, string> Fields);
