using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>
/// Remembers the ids of JWTs that may be used once (RFC 7523 §3, RFC 9449 §11.1), for all processes and until the JWT would be refused as
/// expired anyway.
/// </summary>
internal sealed class ReplayMemory(IMcpOidcStore store)
{
    /// <summary>Remembers an id.</summary>
    /// <param name="kind">What sort of JWT: ids of different sorts have nothing to do with one another.</param>
    /// <param name="issuer">Who made it: an id is unique within an issuer only.</param>
    /// <param name="id">The <c>jti</c>.</param>
    /// <param name="until">When the JWT is refused as expired, clock skew included.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether it is new: of any number of callers with the same id, exactly one is told so.</returns>
    public async ValueTask<bool> IsNewAsync(
        string kind,
        string issuer,
        string id,
        DateTimeOffset until,
        CancellationToken cancellationToken
    ) =>
        await store.AddAsync(
            StoreKeys.UsedJwt(OpaqueToken.Hash($"{kind}\n{issuer}\n{id}")),
            new StoreWrite(ReadOnlyMemory<byte>.Empty, until),
            cancellationToken
        )
            is not null;
}
