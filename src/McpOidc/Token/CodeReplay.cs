using McpOidc.Audit;

namespace McpOidc.Token;

/// <summary>A code that is used twice may be stolen: its grant ends (RFC 6749 §4.1.2).</summary>
internal sealed class CodeReplay(Grants grants, AuditLog audit)
{
    /// <returns>Whether the grant was live.</returns>
    public async Task<bool> EndAsync(string grantId, CancellationToken cancellationToken)
    {
        if (!await grants.RevokeAsync(grantId, cancellationToken))
        {
            return false;
        }

        if (await grants.FindAsync(grantId, cancellationToken) is { } grant)
        {
            audit.CodeReplayed(grant.Value);
        }

        return true;
    }
}
