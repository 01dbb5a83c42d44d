using McpOidc.Authorization;
using McpOidc.Token;

namespace McpOidc.Account;

/// <summary>A client that a user connected: a grant, with what identifies it for the user.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="ClientName">The client's display name; its id if it has none.</param>
/// <param name="Host">The host that the client has proven: that of its metadata document or of its redirect URI; <see langword="null"/> if
/// it has proven none.</param>
/// <param name="Server">The display name of the protected server.</param>
/// <param name="Origin">The user's location; <see langword="null"/> if unknown.</param>
/// <param name="Provider">The display name of the identity provider.</param>
internal sealed record Installation(GrantRecord Grant, string ClientName, string? Host, string Server, GrantOrigin? Origin, string Provider)
{
    /// <summary>Descriptions of the scopes that its tokens can have.</summary>
    public required ResourceScopes Scopes { get; init; }

    /// <summary>The granted scopes that the user has not withdrawn.</summary>
    public IEnumerable<string> Abilities => Grant.Scopes.Except(Grant.TakenBack ?? []);

    /// <summary>The scopes that can be withdrawn individually; without the others the client would be useless, or the user signed
    /// out.</summary>
    public bool MayTakeBack(string scope) => !IdentityScopes.All.Contains(scope) && !Scopes.Default.Contains(scope);
}
