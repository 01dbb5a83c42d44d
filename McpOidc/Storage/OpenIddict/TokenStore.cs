using System.Security.Cryptography;
using System.Text;
using McpOidc.Audit;
using McpOidc.Token;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// Authorization codes and pushed authorization requests, as OpenIddict's tokens. OpenIddict creates a token, asks for its id and
/// then adds the payload; each of these two is kept back until then, so that it is written once and never seen half made.
/// </summary>
internal sealed partial class TokenStore(RecordStore records, Grants grants, AuditLog audit, TimeProvider time) : IOpenIddictTokenStore<TokenEntity>
{
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);

    // A code that was redeemed has to be known as redeemed for as long as anyone could present it, clocks that differ included.
    private static readonly TimeSpan Afterlife = TimeSpan.FromSeconds(60);

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
    {
        if (!await grants.RevokeAsync(identifier, cancellationToken))
        {
            return 0;
        }

        if (await grants.FindAsync(identifier, cancellationToken) is { } grant)
        {
            audit.CodeReplayed(grant.Value);
        }

        return 1;
    }

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
        token.Version = StoreFaults.Succeeded(
            await records.AddAsync(StoreKeys.Token, token.Record.Id, token.Record, ForgottenAt(token.Record), cancellationToken), "token");
        _pending.Remove(token.Record.Id);
    }

    private async ValueTask ReplaceAsync(TokenEntity token, long version, CancellationToken cancellationToken)
        => token.Version = StoreFaults.Succeeded(
            await records.ReplaceAsync(StoreKeys.Token, token.Record.Id, version, token.Record, ForgottenAt(token.Record), cancellationToken), "token");

    private DateTimeOffset ForgottenAt(TokenRecord token) => (token.ExpiresAt ?? time.GetUtcNow() + DefaultLifetime) + Afterlife;
}
