using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Revocation;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Keys;

/// <summary>The key rings in the store. Every change is a compare-and-swap, announced to all authorization servers and MCP
/// servers.</summary>
internal sealed partial class StoredSigningKeys(
    IOptions<KeyOptions> options,
    RecordStore records,
    RevocationLogWriter log,
    AuditLog audit,
    TimeProvider clock,
    ILogger<StoredSigningKeys> logger
)
{
    /// <summary>The keys for access tokens, and for everything that only this server reads.</summary>
    public StoredKeyRing OfAccessTokens => new(ServerKeys.SigningKeysId, options.Value.Algorithm);

    /// <summary>The keys for id_tokens only.</summary>
    public static StoredKeyRing OfIdentityTokens { get; } = new(ServerKeys.IdentityTokenKeysId, SigningAlgorithms.Usual);

    /// <summary>The ring, if it exists.</summary>
    public async ValueTask<SigningKeySet?> FindAsync(StoredKeyRing ring, CancellationToken cancellationToken) =>
        (await records.GetAsync(ServerKeys.SigningKeys, ring.Id, cancellationToken))?.Value;

    /// <summary>Changes a ring, and creates it first if there is none.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="change">Returns the new ring for the current one and the time, or the same one. May be called more than once.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The ring as it is now.</returns>
    public async Task<SigningKeySet> ChangeAsync(
        StoredKeyRing ring,
        Func<SigningKeySet, DateTimeOffset, SigningKeySet> change,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var before = default(SigningKeySet)!;
        var after = before;
        await records.ChangeAsync(
            ServerKeys.SigningKeys,
            ring.Id,
            found =>
            {
                before =
                    found
                    ?? new SigningKeySet
                    {
                        Keys =
                        [
                            new SigningKeyRecord
                            {
                                Jwk = ring.CreateKey(),
                                CreatedAt = now,
                                SignsFrom = now,
                            },
                        ],
                    };
                after = change(before, now);
                return ReferenceEquals(after, found) ? null : after;
            },
            cancellationToken
        );
        if (!ReferenceEquals(after, before))
        {
            LogChanged(after.Keys.Length);
            Audit(before, after, now);
            await log.AnnounceKeysAsync(cancellationToken);
        }

        return after;
    }

    private void Audit(SigningKeySet before, SigningKeySet after, DateTimeOffset now)
    {
        var (old, current) = (before.Keys.Select(key => key.KeyId).ToList(), after.Keys.Select(key => key.KeyId).ToList());
        foreach (var made in current.Except(old))
        {
            audit.KeyChanged(made, "made");
        }

        // A key that was active until now is not retired.
        foreach (var gone in old.Except(current))
        {
            audit.KeyChanged(gone, gone == before.ActiveAt(now).KeyId ? "dropped" : "retired");
        }

        if (after.ActiveAt(now).KeyId is var signing && signing != before.ActiveAt(now).KeyId)
        {
            audit.KeyChanged(signing, "signs");
        }
    }

    [LoggerMessage(1101, LogLevel.Information, "The signing keys in the store have changed. Number of keys: {Count}.")]
    private partial void LogChanged(int count);
}

/// <summary>One of the rings.</summary>
/// <param name="Id">The id of its record.</param>
/// <param name="Algorithm">The algorithm of its generated keys.</param>
internal sealed record StoredKeyRing(string Id, string Algorithm)
{
    public string CreateKey() => JsonWebKeyText.Private(KeyGenerator.Create(Algorithm));
}
