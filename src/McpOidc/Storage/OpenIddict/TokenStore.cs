using System.Security.Cryptography;
using System.Text;
using McpOidc.Token;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// Pushed authorization requests and authorization codes, as OpenIddict's tokens. OpenIddict creates a request, reads its id and then adds
/// the payload; it is held back until then, so that it is written once and never incomplete. A code is only read here: its grant contains
/// it (<see cref="IssueCode"/>).
/// </summary>
internal sealed partial class TokenStore(RecordStore records, Grants grants, CodeReplay replay, TimeProvider time)
    : IOpenIddictTokenStore<TokenEntity>
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

        if (CodeReference.GrantOf(identifier) is { } grantId)
        {
            return
                await grants.RecallAsync(grantId, cancellationToken) is { Value: { Code: { } code } } grant
                && code.IsRemembered(time.GetUtcNow())
                ? new TokenEntity
                {
                    Record = RecordOf(grant.Value, code),
                    Version = grant.Version,
                    Grant = grant.Value,
                }
                : null;
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

    private static TokenRecord RecordOf(GrantRecord grant, AuthorizationCodeRecord code) =>
        new()
        {
            Id = CodeReference.IdOf(grant.Id),
            ReferenceHash = code.Hash,
            ClientId = grant.ClientId,
            AuthorizationId = grant.Id,
            Subject = grant.Subject,
            Type = TokenTypeIdentifiers.Private.AuthorizationCode,
            Status = code.RedeemedAt is null ? Statuses.Valid : Statuses.Redeemed,
            Payload = code.Payload,
            CreatedAt = code.CreatedAt,
            ExpiresAt = code.ExpiresAt,
            RedeemedAt = code.RedeemedAt,
        };

    // Every token is checked against its grant, including access tokens, which have no record: a single write ends the whole family.
    // OpenIddict ends a grant by its id only if a code is used a second time.
    public async ValueTask<long> RevokeByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken) =>
        await replay.EndAsync(identifier, cancellationToken) ? 1 : 0;

    private async ValueTask AddAsync(TokenEntity token, CancellationToken cancellationToken)
    {
        token.Version = StoreFaults.Succeeded(
            await records.AddAsync(ServerKeys.Token, token.Record.Id, token.Record, ForgottenAt(token.Record), cancellationToken),
            "token"
        );
        _pending.Remove(token.Record.Id);
    }

    private async ValueTask ReplaceAsync(TokenEntity token, long version, CancellationToken cancellationToken) =>
        token.Version = token.Grant is null
            ? StoreFaults.Succeeded(
                await records.ReplaceAsync(
                    ServerKeys.Token,
                    token.Record.Id,
                    version,
                    token.Record,
                    ForgottenAt(token.Record),
                    cancellationToken
                ),
                "token"
            )
            : throw new NotSupportedException("RedeemCode redeems a code through its grant; ending the grant ends the code.");

    private DateTimeOffset ForgottenAt(TokenRecord token) =>
        (token.ExpiresAt ?? time.GetUtcNow() + DefaultLifetime) + AuthorizationCodeRecord.Afterlife;
}
