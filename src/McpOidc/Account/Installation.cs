using McpOidc.Authorization;
using McpOidc.Token;

namespace McpOidc.Account;

/// <summary>A client that somebody connected: a grant, with what a person knows it by.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="ClientName">What the client calls itself; its id where it says nothing.</param>
/// <param name="Host">The host that it proves to be of: that of its description, or that to which its answers go; <see langword="null"/>
/// where it proves none.</param>
/// <param name="Server">What the protected server is called.</param>
/// <param name="Origin">Where the person was; <see langword="null"/> where that is not known.</param>
/// <param name="Provider">What the identity provider is called.</param>
internal sealed record Installation(GrantRecord Grant, string ClientName, string? Host, string Server, GrantOrigin? Origin, string Provider)
{
    /// <summary>What the scopes mean that its tokens can have.</summary>
    public required ResourceScopes Scopes { get; init; }

    /// <summary>What it may do: the scopes that the person has not taken back.</summary>
    public IEnumerable<string> Abilities => Grant.Scopes.Except(Grant.TakenBack ?? []);

    /// <summary>What can be taken back alone; without the others the client would be of no use, or the person signed out.</summary>
    public bool MayTakeBack(string scope) => !IdentityScopes.All.Contains(scope) && !Scopes.Default.Contains(scope);
}
