using System.Security.Cryptography;
using System.Text;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// Authorization codes and pushed authorization requests, as OpenIddict's tokens. OpenIddict creates a token, asks for its id and
/// then adds the payload; each of these two is kept back until then, so that it is written once and never seen half made. The code of a
/// <see cref="NewGrant"/> is written with the grant and lies in it.
/// </summary>
internal sealed partial class TokenStore(RecordStore records, Grants grants, CodeReplay replay, TimeProvider time, IHttpContextAccessor? http = null) : IOpenIddictTokenStore<TokenEntity>
{
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);

    // Created in this request and not written yet. The store lives as long as the request.
    private readonly Dictionary<string, TokenEntity> _pending = new(StringComparer.Ordinal);

    public ValueTask<TokenEntity> InstantiateAsync(CancellationToken cancellationToken)
        => new(new TokenEntity { Record = new TokenRecord { Id = TokenReference.NewId() } });

    public ValueTask CreateAsync(TokenEntity token, CancellationToken cancellationToken)
    {
        if (!IsWrittenOnce(token.Record))
        {
            return AddAsync(token, cancellationToken);
        }

        if (token.Record.Type == TokenTypeIdentifiers.Private.AuthorizationCode && NewGrant.Of(http?.HttpContext) is { } given && given.Grant.Id == token.Record.AuthorizationId)
        {
            token.Grant = given.Grant;
            token.Record = token.Record with { Id = CodeReference.IdOf(given.Grant.Id) };
        }

        _pending[token.Record.Id] = token;
        return ValueTask.CompletedTask;
    }

    public ValueTask UpdateAsync(TokenEntity token, CancellationToken cancellationToken)
        => token.Version is { } version ? ReplaceAsync(token, version, cancellationToken) : AddAsync(token, cancellationToken);

    public async ValueTask DeleteAsync(TokenEntity token, CancellationToken cancellationToken)
    {
        if (!_pending.Remove(token.Record.Id) && !await records.RemoveAsync(StoreKeys.Token, token.Record.Id, cancellationToken, token.Version))
        {
            throw StoreFaults.Conflict("token");
        }
    }

    public async ValueTask<TokenEntity?> FindByIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (_pending.TryGetValue(identifier, out var pending))
        {
            return pending;
        }

        if (CodeReference.GrantOf(identifier) is { } grantId)
        {
            return await grants.RecallAsync(grantId, cancellationToken) is { Value: { Code: { } code } } grant && code.IsRemembered(time.GetUtcNow())
                ? new TokenEntity { Record = RecordOf(grant.Value, code), Version = grant.Version, Grant = grant.Value }
                : null;
        }

        return TokenReference.IsId(identifier) && await records.RecallAsync(StoreKeys.Token, identifier, cancellationToken) is { } token
            ? new TokenEntity { Record = token.Value, Version = token.Version }
            : null;
    }

    /// <summary>Finds a token by the hashed form of its reference, which <see cref="TokenManager"/> made.</summary>
    public async ValueTask<TokenEntity?> FindByReferenceIdAsync(string identifier, CancellationToken cancellationToken)
        => TokenReference.TrySplit(identifier, out var id, out var hash)
            && await FindByIdAsync(id, cancellationToken) is { Record.ReferenceHash: { } known } token
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(known), Encoding.UTF8.GetBytes(hash))
                ? token
                : null;

    private static TokenRecord RecordOf(GrantRecord grant, AuthorizationCodeRecord code) => new()
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

    // Codes and pushed requests are under no index: they live for a minute, and what ends them early is their grant.
    public IAsyncEnumerable<TokenEntity> FindAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<TokenEntity>();

    public IAsyncEnumerable<TokenEntity> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<TokenEntity>();

    public IAsyncEnumerable<TokenEntity> FindByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<TokenEntity>();

    public IAsyncEnumerable<TokenEntity> FindBySubjectAsync(string subject, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<TokenEntity>();

    // Every token is checked against its grant, access tokens without a record included: one write ends the whole family.
    // OpenIddict ends a grant by its id where a code comes a second time, and nowhere else.
    public async ValueTask<long> RevokeByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken)
        => await replay.EndAsync(identifier, cancellationToken) ? 1 : 0;

    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken = default)
        => grants.RevokeAllAsync(subject: null, identifier, cancellationToken);

    public ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken = default)
        => grants.RevokeAllAsync(subject, clientId: null, cancellationToken);

    public ValueTask<long> RevokeAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(type))
        {
            throw StoreFaults.NotKept("which tokens of one type there are", "Revoke the grant: its tokens of every type end with it.");
        }

        return status is null or "" or Statuses.Valid ? grants.RevokeAllAsync(subject, client, cancellationToken) : new(0L);
    }

    // Nothing to sweep: every record has its expiry, and the store forgets it then.
    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) => new(0L);

    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw StoreFaults.FullScan("token");

    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<TokenEntity>, IQueryable<TResult>> query, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("token");

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<TokenEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("token");

    public IAsyncEnumerable<TokenEntity> ListAsync(int? count, int? offset, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("token");

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<TokenEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("token");

    private static bool IsWrittenOnce(TokenRecord token)
        => token.Type is TokenTypeIdentifiers.Private.AuthorizationCode or TokenTypeIdentifiers.Private.RequestToken;

    private async ValueTask AddAsync(TokenEntity token, CancellationToken cancellationToken)
    {
        if (token.Grant is { } grant)
        {
            await grants.CreateAsync(grant with { Code = CodeOf(token.Record) }, cancellationToken);
        }
        else
        {
            token.Version = StoreFaults.Succeeded(
                await records.AddAsync(StoreKeys.Token, token.Record.Id, token.Record, ForgottenAt(token.Record), cancellationToken), "token");
        }

        _pending.Remove(token.Record.Id);
    }

    private async ValueTask ReplaceAsync(TokenEntity token, long version, CancellationToken cancellationToken)
        => token.Version = token.Grant is null
            ? StoreFaults.Succeeded(
                await records.ReplaceAsync(StoreKeys.Token, token.Record.Id, version, token.Record, ForgottenAt(token.Record), cancellationToken), "token")
            : throw StoreFaults.NotKept("what OpenIddict changes of a code", "RedeemCode redeems it with its grant; ending the grant ends it.");

    private AuthorizationCodeRecord CodeOf(TokenRecord token) => new()
    {
        Hash = token.ReferenceHash ?? throw new InvalidOperationException("A code is written that nobody could present."),
        Payload = token.Payload,
        CreatedAt = token.CreatedAt,
        ExpiresAt = token.ExpiresAt ?? time.GetUtcNow() + DefaultLifetime,
    };

    private DateTimeOffset ForgottenAt(TokenRecord token) => (token.ExpiresAt ?? time.GetUtcNow() + DefaultLifetime) + AuthorizationCodeRecord.Afterlife;
}
