using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>
/// Remembers the ids of single-use JWTs (RFC 7523 §3, RFC 9449 §11.1) across all processes, until the JWT has expired.
/// </summary>
internal sealed class ReplayMemory(IMcpOidcStore store)
{
    /// <summary>Records an id as used.</summary>
    /// <param name="kind">The kind of JWT; ids of different kinds are independent.</param>
    /// <param name="issuer">The issuer; an id is unique per issuer only.</param>
    /// <param name="id">The <c>jti</c>.</param>
    /// <param name="until">When the JWT is rejected as expired, including clock skew.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether it is new: of concurrent callers with the same id, exactly one gets <see langword="true"/>.</returns>
    public async ValueTask<bool> IsNewAsync(
        string kind,
        string issuer,
        string id,
        DateTimeOffset until,
        CancellationToken cancellationToken
    ) => await store.AddAsync(KeyOf(kind, issuer, id), new StoreWrite(ReadOnlyMemory<byte>.Empty, until), cancellationToken) is not null;

    /// <summary>Whether an id was recorded as used, for callers that record it later.</summary>
    public async ValueTask<bool> IsKnownAsync(string kind, string issuer, string id, CancellationToken cancellationToken) =>
        await store.GetAsync(KeyOf(kind, issuer, id), cancellationToken) is not null;

    private static string KeyOf(string kind, string issuer, string id) => StoreKeys.UsedJwt(OpaqueToken.Hash($"{kind}\n{issuer}\n{id}"));
}
