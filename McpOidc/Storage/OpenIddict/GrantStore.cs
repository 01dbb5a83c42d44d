using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using McpOidc.Token;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <summary>Grants, as OpenIddict's authorizations.</summary>
internal sealed partial class GrantStore(RecordStore records, Grants grants, TimeProvider time) : IOpenIddictAuthorizationStore<GrantEntity>
{
    // For a grant that OpenIddict makes; a sign-in sets the lifetime that its refresh tokens have.
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(30);

    public ValueTask<GrantEntity> InstantiateAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return new(new GrantEntity
        {
            Record = new GrantRecord
            {
                Id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
                Subject = "",
                ClientId = "",
                Provider = "",
                Scopes = [],
                Resource = "",
                RedirectUri = "",
                CreatedAt = now,
                AuthenticatedAt = now,
                ExpiresAt = now + DefaultLifetime,
            },
        });
    }

    public async ValueTask CreateAsync(GrantEntity authorization, CancellationToken cancellationToken)
    {
        var record = authorization.Record;
        authorization.Version = StoreFaults.Succeeded(
            await records.AddAsync(StoreKeys.Grant, record.Id, record, record.ExpiresAt, cancellationToken, Grants.IndexesOf(record)), "grant");
    }

    public async ValueTask UpdateAsync(GrantEntity authorization, CancellationToken cancellationToken)
    {
        var record = authorization.Record;
        authorization.Version = StoreFaults.Succeeded(
            await records.ReplaceAsync(
                StoreKeys.Grant, record.Id, StoredVersion(authorization), record, record.ExpiresAt, cancellationToken, Grants.IndexesOf(record)),
            "grant");
    }

    public async ValueTask DeleteAsync(GrantEntity authorization, CancellationToken cancellationToken)
    {
        if (!await records.RemoveAsync(StoreKeys.Grant, authorization.Record.Id, cancellationToken, StoredVersion(authorization)))
        {
            throw StoreFaults.Conflict("grant");
        }
    }

    public async ValueTask<GrantEntity?> FindByIdAsync(string identifier, CancellationToken cancellationToken)
        => await records.GetAsync(StoreKeys.Grant, identifier, cancellationToken) is { } grant ? Entity(grant) : null;

    public IAsyncEnumerable<GrantEntity> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken)
        => grants.FindAllAsync(subject: null, identifier, cancellationToken).Select(Entity);

    public IAsyncEnumerable<GrantEntity> FindBySubjectAsync(string subject, CancellationToken cancellationToken)
        => grants.FindAllAsync(subject, clientId: null, cancellationToken).Select(Entity);

    public IAsyncEnumerable<GrantEntity> FindAsync(
        string? subject, string? client, string? status, string? type, ImmutableArray<string>? scopes, CancellationToken cancellationToken)
        => grants.FindAllAsync(subject, client, cancellationToken)
            .Where(grant => Has(grant.Value, status, type) && (scopes ?? []).All(scope => grant.Value.Scopes.Contains(scope, StringComparer.Ordinal)))
            .Select(Entity);

    public async ValueTask<long> RevokeAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken)
    {
        var revoked = 0L;
        await foreach (var grant in grants.FindAllAsync(subject, client, cancellationToken).Where(grant => Has(grant.Value, status, type)))
        {
            revoked += await grants.RevokeAsync(grant.Value.Id, cancellationToken) ? 1 : 0;
        }

        return revoked;
    }

    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken)
        => grants.RevokeAllAsync(subject: null, identifier, cancellationToken);

    public ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken)
        => grants.RevokeAllAsync(subject, clientId: null, cancellationToken);

    // Nothing to sweep: every record has its expiry, and the store forgets it then.
    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) => new(0L);

    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw StoreFaults.FullScan("grant");

    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<GrantEntity>, IQueryable<TResult>> query, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("grant");

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<GrantEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("grant");

    public IAsyncEnumerable<GrantEntity> ListAsync(int? count, int? offset, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("grant");

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<GrantEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("grant");

    private static GrantEntity Entity(Versioned<GrantRecord> grant) => new() { Record = grant.Value, Version = grant.Version };

    private static string StatusOf(GrantRecord grant) => grant.IsLive ? Statuses.Valid : Statuses.Revoked;

    private static bool Has(GrantRecord grant, string? status, string? type)
        => (string.IsNullOrEmpty(status) || string.Equals(status, StatusOf(grant), StringComparison.OrdinalIgnoreCase))
            && (string.IsNullOrEmpty(type) || string.Equals(type, AuthorizationTypes.Permanent, StringComparison.OrdinalIgnoreCase));

    private static long StoredVersion(GrantEntity authorization)
        => authorization.Version ?? throw new InvalidOperationException("The grant is not in the store.");
}
