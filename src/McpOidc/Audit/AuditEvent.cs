namespace McpOidc.Audit;

/// <summary>Something that happened, as the audit log says it (docs/audit-events.md).</summary>
/// <param name="At">When.</param>
/// <param name="Event">The event's name, for instance <c>grant.revoked</c>.</param>
/// <param name="Level"><c>Information</c> or <c>Warning</c>.</param>
/// <param name="Fields">Its fields by name, without those that have no value.</param>
public sealed record AuditEvent(DateTimeOffset At, string Event, string Level, IReadOnlyDictionary<string, string> Fields);
