namespace McpOidc.Storage.OpenIddict;

/// <content>Members of the interface that OpenIddict's server never calls.</content>
internal sealed partial class TokenStore
{
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public ValueTask<long> CountAsync<TResult>(
        Func<IQueryable<TokenEntity>, IQueryable<TResult>> query,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask DeleteAsync(TokenEntity token, CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public IAsyncEnumerable<TokenEntity> FindAsync(
        string? subject,
        string? client,
        string? status,
        string? type,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public IAsyncEnumerable<TokenEntity> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public IAsyncEnumerable<TokenEntity> FindByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public IAsyncEnumerable<TokenEntity> FindBySubjectAsync(string subject, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<TokenEntity>, TState, IQueryable<TResult>> query,
        TState state,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public IAsyncEnumerable<TokenEntity> ListAsync(int? count, int? offset, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<TokenEntity>, TState, IQueryable<TResult>> query,
        TState state,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) => throw StoreFaults.Unused();

    public ValueTask<long> RevokeAsync(
        string? subject,
        string? client,
        string? status,
        string? type,
        CancellationToken cancellationToken
    ) => throw StoreFaults.Unused();

    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken = default) =>
        throw StoreFaults.Unused();

    public ValueTask<long> RevokeByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw StoreFaults.Unused();

    public ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken = default) =>
        throw StoreFaults.Unused();
}
