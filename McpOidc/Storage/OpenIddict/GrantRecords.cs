using System.Runtime.CompilerServices;
using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>Finds and revokes grants. Every token is checked against its grant, so that one write here ends a whole family.</summary>
internal sealed class GrantRecords(IMcpOidcStore store, RecordStore records, TimeProvider time)
{
    // Only requests of one installation compete for its grant: ten lost races in a row are a fault, not bad luck.
    private const int Attempts = 10;

    /// <summary>The indexes that every write of a grant names.</summary>
    public static string[] IndexesOf(GrantRecord grant)
        => [StoreKeys.GrantsOfUser(grant.Subject), StoreKeys.GrantsOfClient(grant.ClientId)];

    /// <summary>The grants of a user, of a client, or of both.</summary>
    /// <exception cref="NotSupportedException">Neither is given.</exception>
    public async IAsyncEnumerable<Versioned<GrantRecord>> FindAsync(
        string? subject, string? client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in store.ListAsync(IndexFor(subject, client), cancellationToken))
        {
            if (await records.GetAsync(StoreKeys.Grant, StoreKeys.Grant.Id(key), cancellationToken) is { } grant
                && Matches(subject, grant.Value.Subject) && Matches(client, grant.Value.ClientId))
            {
                yield return grant;
            }
        }
    }

    /// <summary>Revokes a grant, whatever else is being written to it.</summary>
    /// <returns>Whether it was live until now.</returns>
    public async ValueTask<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await records.GetAsync(StoreKeys.Grant, id, cancellationToken) is not { Value.IsLive: true } grant)
            {
                return false;
            }

            var revoked = grant.Value with { RevokedAt = time.GetUtcNow() };
            if (await records.ReplaceAsync(StoreKeys.Grant, id, grant.Version, revoked, revoked.ExpiresAt, cancellationToken, IndexesOf(revoked)) is not null)
            {
                return true;
            }
        }

        throw StoreFaults.Conflict("grant");
    }

    /// <summary>Revokes the grants of a user, of a client, or of both.</summary>
    /// <returns>How many were live until now.</returns>
    public async ValueTask<long> RevokeAllAsync(string? subject, string? client, CancellationToken cancellationToken)
    {
        var revoked = 0L;
        await foreach (var grant in FindAsync(subject, client, cancellationToken))
        {
            revoked += await RevokeAsync(grant.Value.Id, cancellationToken) ? 1 : 0;
        }

        return revoked;
    }

    // The user's index is the shorter one: a client like a desktop editor has an installation for every user.
    private static string IndexFor(string? subject, string? client) => (subject, client) switch
    {
        ({ Length: > 0 }, _) => StoreKeys.GrantsOfUser(subject),
        (_, { Length: > 0 }) => StoreKeys.GrantsOfClient(client),
        _ => throw StoreFaults.FullScan("grant"),
    };

    private static bool Matches(string? wanted, string actual) => string.IsNullOrEmpty(wanted) || string.Equals(wanted, actual, StringComparison.Ordinal);
}
