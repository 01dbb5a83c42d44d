namespace McpOidc.Audit;

/// <summary>The recent events of one process.</summary>
internal sealed record AuditRecord
{
    /// <summary>Oldest first.</summary>
    public required AuditEvent[] Events { get; init; }
}
