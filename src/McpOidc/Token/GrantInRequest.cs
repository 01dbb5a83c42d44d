using McpOidc.Storage;
using OpenIddict.Server;

namespace McpOidc.Token;

/// <summary>The grant that the current request concerns, read once per request.</summary>
internal static class GrantInRequest
{
    private const string Property = "McpOidc.Grant";

    public static async ValueTask<GrantRecord?> FindGrantAsync(
        this OpenIddictServerTransaction transaction,
        Grants grants,
        string grantId,
        CancellationToken cancellationToken
    )
    {
        if (transaction.GetProperty<Versioned<GrantRecord>>(Property) is { } known && known.Value.Id == grantId)
        {
            return known.Value;
        }

        var found = await grants.RecallAsync(grantId, cancellationToken);
        transaction.SetProperty(Property, found);
        return found?.Value;
    }

    /// <summary>The grant that an earlier step of the same request found.</summary>
    public static GrantRecord? CurrentGrant(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<Versioned<GrantRecord>>(Property)?.Value;
}
