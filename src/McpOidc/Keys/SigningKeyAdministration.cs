using McpOidc.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// What an operator does to the signing keys in the store, beside their rotation in time. Every auth server and MCP server follows within
/// seconds. Of no use where <c>McpOidc:Keys:Jwks</c> names the keys.
/// </summary>
public sealed class SigningKeyAdministration
{
    private readonly SigningKeyRing _ring;
    private readonly StoredSigningKeys _stored;
    private readonly TimeProvider _clock;

    internal SigningKeyAdministration(SigningKeyRing ring, StoredSigningKeys stored, TimeProvider clock) =>
        (_ring, _stored, _clock) = (ring, stored, clock);

    /// <summary>Whether <c>McpOidc:Keys:Jwks</c> names the keys: every method here throws <see cref="InvalidOperationException"/>
    /// then.</summary>
    public bool AreConfigured => _ring.IsConfigured;

    /// <summary>The keys, the one that signs first. Public parts only.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<SigningKeyInfo>> ListAsync(CancellationToken cancellationToken = default) =>
        Describe(await ChangeAsync((set, _) => set, cancellationToken));

    /// <summary>Publishes a successor now, which signs after <c>McpOidc:Keys:PublishBefore</c>. Nothing happens while one is waiting
    /// already.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The keys after it.</returns>
    public async Task<IReadOnlyList<SigningKeyInfo>> RotateAsync(CancellationToken cancellationToken = default) =>
        Describe(
            await ChangeAsync(
                (set, now) => set.WithSuccessor(now + _ring.Schedule.PublishBefore, now, _stored.CreateKey),
                cancellationToken
            )
        );

    /// <summary>
    /// Takes a compromised key away at once. What it signed is refused from then on: clients refresh their access tokens, and nobody has to
    /// sign in again. Where it was the one that signs, its successor does at once, or a new key.
    /// </summary>
    /// <param name="keyId">The <c>kid</c>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The keys after it, or <see langword="null"/> when there is no such key.</returns>
    public async Task<IReadOnlyList<SigningKeyInfo>?> DropAsync(string keyId, CancellationToken cancellationToken = default)
    {
        var found = false;
        var set = await ChangeAsync(
            (set, now) =>
            {
                var key = set.Keys.FirstOrDefault(key => key.KeyId == keyId);
                found |= key is not null;
                return key is null ? set : set.Without(key, now, _stored.CreateKey);
            },
            cancellationToken
        );
        return found ? Describe(set) : null;
    }

    private async Task<SigningKeySet> ChangeAsync(
        Func<SigningKeySet, DateTimeOffset, SigningKeySet> change,
        CancellationToken cancellationToken
    ) =>
        _ring.IsConfigured
            ? throw new InvalidOperationException(
                SettingProblem.Describe(
                    "McpOidc:Keys:Jwks",
                    "names the signing keys, so that those in the store are not used",
                    "Change the keys in that setting."
                )
            )
            : await _stored.ChangeAsync(change, cancellationToken);

    private IReadOnlyList<SigningKeyInfo> Describe(SigningKeySet set)
    {
        var now = _clock.GetUtcNow();
        return
        [
            .. set.InOrder(now)
                .Select(key => new SigningKeyInfo(
                    key.KeyId,
                    new JsonWebKey(key.Jwk).Alg,
                    key.CreatedAt,
                    key.SignsFrom,
                    key == set.ActiveAt(now)
                )),
        ];
    }
}

/// <summary>A signing key, without what is private in it.</summary>
/// <param name="KeyId">The <c>kid</c>.</param>
/// <param name="Algorithm">For instance <c>ES256</c>.</param>
/// <param name="CreatedAt">When it was made, and published.</param>
/// <param name="SignsFrom">From when on it signs, until a later one does.</param>
/// <param name="IsActive">Whether it signs now.</param>
public sealed record SigningKeyInfo(string KeyId, string Algorithm, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, bool IsActive);
