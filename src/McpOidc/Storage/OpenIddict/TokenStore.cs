using System.Security.Cryptography;
using System.Text;
using McpOidc.Token;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// Pushed authorization requests, as OpenIddict's tokens. OpenIddict creates a request, reads its id and then adds the payload; it is held
/// back until then, so that it is written once and never incomplete.
/// </summary>
internal sealed partial class TokenStore(RecordStore records, TimeProvider time) : IOpenIddictTokenStore<TokenEntity>
{
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);

    // Created in this request and not yet written. The store lives as long as the request.
    private readonly Dictionary<string, TokenEntity> _pending = new(StringComparer.Ordinal);

    public ValueTask<TokenEntity> InstantiateAsync(CancellationToken cancellationToken) =>
        new(new TokenEntity { Record = new TokenRecord { Id = OpaqueToken.CreateId() } });

    public ValueTask CreateAsync(TokenEntity token, CancellationToken cancellationToken)
    {
        if (token.Record.Type == TokenTypeIdentifiers.Private.AuthorizationCode)
        {
            throw new InvalidOperationException("A code was created without its grant.");
        }

        _pending[token.Record.Id] = token;
        return ValueTask.CompletedTask;
    }

    public ValueTask UpdateAsync(TokenEntity token, CancellationToken cancellationToken) =>
        token.Version is { } version ? ReplaceAsync(token, version, cancellationToken) : AddAsync(token, cancellationToken);

    public async ValueTask<TokenEntity?> FindByIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (_pending.TryGetValue(identifier, out var pending))
        {
            return pending;
        }

        return TokenReference.IsId(identifier) && await records.RecallAsync(ServerKeys.Token, identifier, cancellationToken) is { } token
            ? new TokenEntity { Record = token.Value, Version = token.Version }
            : null;
    }

    /// <summary>Finds a token by the hashed form of its reference from <see cref="TokenManager"/>.</summary>
    public async ValueTask<TokenEntity?> FindByReferenceIdAsync(string identifier, CancellationToken cancellationToken) =>
        TokenReference.TrySplit(identifier, out var id, out var hash)
        && await FindByIdAsync(id, cancellationToken) is { Record.ReferenceHash: { } known } token
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(known), Encoding.UTF8.GetBytes(hash))
            ? token
            : null;

    private async ValueTask AddAsync(TokenEntity token, CancellationToken cancellationToken)
    {
        token.Version = StoreFaults.Succeeded(
            await records.AddAsync(ServerKeys.Token, token.Record.Id, token.Record, ForgottenAt(token.Record), cancellationToken),
            "token"
        );
        _pending.Remove(token.Record.Id);
    }

    private async ValueTask ReplaceAsync(TokenEntity token, long version, CancellationToken cancellationToken) =>
        token.Version = StoreFaults.Succeeded(
            await records.ReplaceAsync(
                ServerKeys.Token,
                token.Record.Id,
                version,
                token.Record,
                ForgottenAt(token.Record),
                cancellationToken
            ),
            "token"
        );

    private DateTimeOffset ForgottenAt(TokenRecord token) =>
        (token.ExpiresAt ?? time.GetUtcNow() + DefaultLifetime) + AuthorizationCodeRecord.Afterlife;
}
