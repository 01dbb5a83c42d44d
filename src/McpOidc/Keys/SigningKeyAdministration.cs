using McpOidc.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// What an operator can do with the signing keys in the store, besides scheduled rotation. This server uses the changed keys once the
/// method returns, and every other authorization server and MCP server within seconds. Not available with <c>McpOidc:Keys:Jwks</c>.
/// </summary>
public sealed class SigningKeyAdministration
{
    private readonly SigningKeyRing _ring;
    private readonly StoredSigningKeys _stored;
    private readonly TimeProvider _clock;

    internal SigningKeyAdministration(SigningKeyRing ring, StoredSigningKeys stored, TimeProvider clock) =>
        (_ring, _stored, _clock) = (ring, stored, clock);

    /// <summary>Whether <c>McpOidc:Keys:Jwks</c> is set: every method here then throws <see cref="InvalidOperationException"/>.</summary>
    public bool AreConfigured => _ring.IsConfigured;

    /// <summary>The keys, active ones first, those for id_tokens last. Public parts only.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<IReadOnlyList<SigningKeyInfo>> ListAsync(CancellationToken cancellationToken = default) =>
        Describe(await ChangeAsync(_stored.OfAccessTokens, (set, _) => set, cancellationToken), await FindIdentityAsync(cancellationToken));

    /// <summary>Publishes a successor of each active key, which becomes active after <c>McpOidc:Keys:PublishBefore</c>. Does nothing if a
    /// successor is already published.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The keys afterwards.</returns>
    public async Task<IReadOnlyList<SigningKeyInfo>> RotateAsync(CancellationToken cancellationToken = default)
    {
        var access = await RotateAsync(_stored.OfAccessTokens, cancellationToken);
        var identity = await FindIdentityAsync(cancellationToken) is null
            ? null
            : await RotateAsync(StoredSigningKeys.OfIdentityTokens, cancellationToken);
        await _ring.LoadAsync(cancellationToken);
        return Describe(access, identity);
    }

    /// <summary>
    /// Removes a compromised key immediately. Tokens signed with it are rejected from then on: clients refresh their access tokens, and
    /// users need not sign in again. If it was active, its successor or a new key becomes active at once.
    /// </summary>
    /// <param name="keyId">The <c>kid</c>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The keys afterwards, or <see langword="null"/> if the key does not exist.</returns>
    public async Task<IReadOnlyList<SigningKeyInfo>?> DropAsync(string keyId, CancellationToken cancellationToken = default)
    {
        var (dropped, access) = await DropAsync(_stored.OfAccessTokens, keyId, cancellationToken);
        var identity = await FindIdentityAsync(cancellationToken);
        if (!dropped && identity is not null)
        {
            (dropped, identity) = await DropAsync(StoredSigningKeys.OfIdentityTokens, keyId, cancellationToken);
        }

        if (!dropped)
        {
            return null;
        }

        await _ring.LoadAsync(cancellationToken);
        return Describe(access, identity);
    }

    private ValueTask<SigningKeySet?> FindIdentityAsync(CancellationToken cancellationToken) =>
        _stored.FindAsync(StoredSigningKeys.OfIdentityTokens, cancellationToken);

    private Task<SigningKeySet> RotateAsync(StoredKeyRing ring, CancellationToken cancellationToken) =>
        ChangeAsync(ring, (set, now) => set.WithSuccessor(now + _ring.Schedule.PublishBefore, now, ring.CreateKey), cancellationToken);

    private async Task<(bool Dropped, SigningKeySet Set)> DropAsync(StoredKeyRing ring, string keyId, CancellationToken cancellationToken)
    {
        var found = false;
        var set = await ChangeAsync(
            ring,
            (set, now) =>
            {
                var key = set.Keys.FirstOrDefault(key => key.KeyId == keyId);
                found |= key is not null;
                return key is null ? set : set.Without(key, now, ring.CreateKey);
            },
            cancellationToken
        );
        return (found, set);
    }

    private async Task<SigningKeySet> ChangeAsync(
        StoredKeyRing ring,
        Func<SigningKeySet, DateTimeOffset, SigningKeySet> change,
        CancellationToken cancellationToken
    ) =>
        _ring.IsConfigured
            ? throw new SettingException(
                new("McpOidc:Keys:Jwks", "is set, so the signing keys in the store are not used", "Change the keys in this setting.")
            )
            : await _stored.ChangeAsync(ring, change, cancellationToken);

    private IReadOnlyList<SigningKeyInfo> Describe(SigningKeySet access, SigningKeySet? identity)
    {
        var now = _clock.GetUtcNow();
        return [.. Infos(access, isForIdentityTokens: false), .. identity is null ? [] : Infos(identity, isForIdentityTokens: true)];

        IEnumerable<SigningKeyInfo> Infos(SigningKeySet set, bool isForIdentityTokens) =>
            set.InOrder(now)
                .Select(key => new SigningKeyInfo(
                    key.KeyId,
                    new JsonWebKey(key.Jwk).Alg,
                    key.CreatedAt,
                    key.SignsFrom,
                    key == set.ActiveAt(now)
                )
                {
                    IsForIdentityTokens = isForIdentityTokens,
                });
    }
}

/// <summary>A signing key, without its private part.</summary>
/// <param name="KeyId">The <c>kid</c>.</param>
/// <param name="Algorithm">For instance <c>ES256</c>.</param>
/// <param name="CreatedAt">When it was created and published.</param>
/// <param name="SignsFrom">When it becomes active, until a later one does.</param>
/// <param name="IsActive">Whether it is active now.</param>
public sealed record SigningKeyInfo(string KeyId, string Algorithm, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, bool IsActive)
{
    /// <summary>Whether it only signs id_tokens.</summary>
    public bool IsForIdentityTokens { get; init; }
}
