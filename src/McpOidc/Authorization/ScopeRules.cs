using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Token;

namespace McpOidc.Authorization;

/// <summary>The differences between endpoints that grant scopes: what is within reach, and the default for a request that names
/// none.</summary>
internal sealed class ScopeRules(ScopeCatalog catalog, KnownResources resources, Clients clients, StepUp stepUp)
{
    /// <summary><c>/authorize</c> and pushed requests: the user is asked about all known scopes of the resource.</summary>
    public async ValueTask<ScopeRule> OfRequestAsync(string? clientId, ResourceOptions resource, CancellationToken cancellationToken)
    {
        var (known, client) = (await catalog.OfAsync(resource, cancellationToken), await FindAsync(clientId, cancellationToken));
        // Clients request it because the metadata list it. One that did not register for refresh tokens does not get it.
        var reach = client?.MayRefresh == true ? known.Known : [.. known.Known.Where(scope => scope != "offline_access")];
        return new ScopeRule(reach, known.Default) { Beside = BesideOf(client, known.Known) };
    }

    /// <summary>A code or refresh token: the granted scopes that the resource still knows, and never more (RFC 6749 §6).</summary>
    /// <exception cref="Storage.StoreUnavailableException">The scopes of the resource are unknown.</exception>
    public async ValueTask<ScopeRule> OfGrantAsync(GrantRecord grant, string? clientId, string? asked, CancellationToken cancellationToken)
    {
        var wanted = grant.Scopes.Concat((asked ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var known = resources.Find(grant.Resource) is { } resource
            ? await catalog.KnownAsync(resource, wanted, cancellationToken)
            : IdentityScopes.Supported;
        known = [.. known.Except(grant.TakenBack ?? [], StringComparer.Ordinal)];
        string[] held = [.. grant.Scopes.Intersect(known, StringComparer.Ordinal)];
        return new ScopeRule(held, held)
        {
            Refused = [.. known.Except(grant.Scopes, StringComparer.Ordinal)],
            Beside = BesideOf(await FindAsync(clientId, cancellationToken), held),
            FallsBack = true,
        };
    }

    /// <summary>
    /// client_credentials: the scopes that the operator allows the client, without those of other resources. Identity scopes have no
    /// meaning without a user, and SDKs request what the challenge lists.
    /// </summary>
    public async ValueTask<ScopeRule> OfMachineAsync(ClientOptions client, ResourceOptions resource, CancellationToken cancellationToken)
    {
        var reach = await WithoutThoseOfOthersAsync(client.Scopes, resource, cancellationToken);
        return new ScopeRule(reach, DefaultOf(client, reach)) { Unheard = IdentityScopes.All };
    }

    /// <summary>
    /// An identity assertion: its scopes, as far as the operator allows the client and rules allow the user. There is no refresh token, so
    /// <c>offline_access</c> has no effect.
    /// </summary>
    public async ValueTask<ScopeRule> OfAssertionAsync(
        IEnumerable<string> granted,
        ClientOptions? client,
        ResourceOptions resource,
        string? asserted,
        CancellationToken cancellationToken
    )
    {
        var allowed = granted.Concat(IdentityScopes.Supported).Where(scope => scope != "offline_access");
        var named = (asserted ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Intersect(allowed, StringComparer.Ordinal);
        var reach = await WithoutThoseOfOthersAsync(named, resource, cancellationToken);
        return new ScopeRule(reach, DefaultOf(client, reach)) { Unheard = [.. IdentityScopes.All.Except(reach)] };
    }

    private static string[] DefaultOf(ClientOptions? client, string[] reach) =>
        client is { DefaultScopes: { Count: > 0 } named }
            ? [.. reach.Where(scope => named.Contains(scope) || IsAboutPerson(scope))]
            : reach;

    private string[] BesideOf(ClientRecord? client, IEnumerable<string> known) =>
        client is not null && !stepUp.IsMadeBy(client) ? [.. known.Where(scope => !IsAboutPerson(scope))] : [];

    private static bool IsAboutPerson(string scope) => IdentityScopes.All.Contains(scope);

    // A scope unknown to every resource may be published by an MCP server that is not running yet.
    private async ValueTask<string[]> WithoutThoseOfOthersAsync(
        IEnumerable<string> scopes,
        ResourceOptions resource,
        CancellationToken cancellationToken
    )
    {
        string[] distinct = [.. scopes.Distinct(StringComparer.Ordinal)];
        if (resources.Only is not null)
        {
            return distinct;
        }

        var known = await catalog.KnownAsync(resource, distinct, cancellationToken);
        return distinct.All(known.Contains)
            ? distinct
            : [.. distinct.Except((await catalog.AllAsync(cancellationToken)).Except(known, StringComparer.Ordinal))];
    }

    private ValueTask<ClientRecord?> FindAsync(string? clientId, CancellationToken cancellationToken) =>
        clientId is { Length: > 0 } ? clients.FindAsync(clientId, cancellationToken) : default;
}
