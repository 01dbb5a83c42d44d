using McpOidc.Audit;
using Microsoft.Extensions.Logging;

namespace McpOidc.Token;

/// <summary>A refresh token that is used again after its successor may be stolen: its grant ends (OAuth 2.1 §4.3.1).</summary>
internal sealed partial class RefreshReplay(Grants grants, AuditLog audit, ILogger<RefreshReplay> logger)
{
    /// <summary>Two parties must have had the token: the installation's whole family ends (OAuth 2.1 §4.3.1).</summary>
    public async Task EndAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        if (await grants.RevokeAsync(grant.Id, cancellationToken))
        {
            LogReplayed(grant.Id, grant.ClientId);
            audit.RefreshTokenReplayed(grant);
        }
    }

    [LoggerMessage(
        1302,
        LogLevel.Warning,
        "A refresh token of grant {GrantId}, client {ClientId}, was reused after its successor, or without the key that it "
            + "is bound to: the grant was ended."
    )]
    private partial void LogReplayed(string grantId, string clientId);
}
