using McpOidc.Audit;
using Microsoft.Extensions.Logging;

namespace McpOidc.Token;

/// <summary>A refresh token that is newer than its record: not a theft, but a store that lost a write (ADR 0035).</summary>
internal sealed partial class LostRotation(AuditLog audit, ILogger<LostRotation> logger)
{
    /// <summary>What happened to a token that is newer than its record.</summary>
    public const string Refused = "refused";

    /// <inheritdoc cref="Refused"/>
    public const string Rotated = "rotated";

    /// <summary>Tells the operator.</summary>
    /// <param name="grant">The grant from the store.</param>
    /// <param name="outcome">What happened to the token.</param>
    public void Report(GrantRecord grant, string outcome)
    {
        LogNewer(grant.Id, grant.ClientId, outcome);
        audit.RefreshTokenNewer(grant, outcome);
    }

    [LoggerMessage(
        2801,
        LogLevel.Warning,
        "A refresh token of grant {GrantId}, client {ClientId}, is newer than its record, and was {Outcome}: the store lost a write "
            + "in a failover or a restored backup. If Redis has replicas, set McpOidc:Redis:WaitForReplicas."
    )]
    private partial void LogNewer(string grantId, string clientId, string outcome);
}
