using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Token;

namespace McpOidc.Authorization;

/// <summary>In what the endpoints differ that give scopes: what is within reach, and what a request gets that names none.</summary>
internal sealed class ScopeRules(ScopeCatalog catalog, KnownResources resources, Clients clients, StepUp stepUp)
{
    /// <summary><c>/authorize</c> and pushed requests: the person is asked about whatever the resource knows.</summary>
    public async ValueTask<ScopeRule> OfRequestAsync(string? clientId, ResourceOptions resource, CancellationToken cancellationToken)
    {
        var (known, client) = (await catalog.OfAsync(resource, cancellationToken), await FindAsync(clientId, cancellationToken));
        // Clients ask for it because the metadata list it. One that did not register for refresh tokens gets none.
        var reach = client?.MayRefresh == true ? known.Known : [.. known.Known.Where(scope => scope != "offline_access")];
        return new ScopeRule(reach, known.Default) { Beside = BesideOf(client, known.Known) };
    }

    /// <summary>A code or a refresh token: what was granted, as far as the resource still knows it, and never more (RFC 6749 §6).</summary>
    /// <exception cref="Storage.StoreUnavailableException">Nobody can say what the resource knows.</exception>
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
    /// A client for itself: what the operator allowed it, without what is another resource's. What is only about a person says nothing
    /// of a machine, and the SDKs send what the challenge names.
    /// </summary>
    public async ValueTask<ScopeRule> OfMachineAsync(ClientOptions client, ResourceOptions resource, CancellationToken cancellationToken)
    {
        var reach = await WithoutThoseOfOthersAsync(client.Scopes, resource, cancellationToken);
        return new ScopeRule(reach, DefaultOf(client, reach)) { Unheard = IdentityScopes.All };
    }

    /// <summary>
    /// An identity assertion: what it names, of that what the operator allowed the client, and what is about the person whom it has. There
    /// is no refresh token, and so nothing to be had for <c>offline_access</c>.
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

    // What no resource knows, an MCP server may publish that is not running yet.
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
