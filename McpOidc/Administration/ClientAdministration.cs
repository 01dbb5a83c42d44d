using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Administration;

/// <summary>What an operator does to registered clients.</summary>
public sealed class ClientAdministration
{
    private static readonly TimeSpan s_young = TimeSpan.FromHours(1);
    private readonly IMcpOidcStore _store;
    private readonly Clients _clients;
    private readonly Grants _grants;
    private readonly TimeProvider _clock;

    internal ClientAdministration(IMcpOidcStore store, Clients clients, Grants grants, TimeProvider clock)
        => (_store, _clients, _grants, _clock) = (store, clients, grants, clock);

    /// <summary>
    /// Removes registrations with which nobody is signed in, before they end by themselves (<c>McpOidc:Registration:UnusedLifetime</c>,
    /// <c>IdleLifetime</c>). Those of the last hour stay: somebody may be signing in.
    /// </summary>
    /// <param name="cancellationToken">Stops where it is.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    public async Task<long> ReapAsync(CancellationToken cancellationToken = default)
    {
        var reaped = 0L;
        await foreach (var key in _store.ScanAsync(StoreKeys.Client.KeyPrefix, cancellationToken))
        {
            if (await _clients.FindRegisteredAsync(StoreKeys.Client.Id(key), cancellationToken) is { } client
                && _clock.GetUtcNow() - client.CreatedAt > s_young && !await IsInUseAsync(client.ClientId, cancellationToken))
            {
                await _clients.DeleteAsync(client.ClientId, cancellationToken);
                reaped++;
            }
        }

        return reaped;
    }

    private async Task<bool> IsInUseAsync(string clientId, CancellationToken cancellationToken)
    {
        await foreach (var grant in _grants.FindAllAsync(subject: null, clientId, cancellationToken))
        {
            if (grant.Value.IsLive)
            {
                return true;
            }
        }

        return false;
    }
}
