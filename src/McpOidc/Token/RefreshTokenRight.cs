using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>
/// Who gets a refresh token: a client that registered for it, whether or not it asked for <c>offline_access</c>; half of the MCP
/// clients never ask, and their users would sign in every quarter of an hour.
/// </summary>
internal static class RefreshTokenRight
{
    public static async ValueTask<bool> MayRefreshAsync(
        this IOpenIddictApplicationManager applications,
        string? clientId,
        CancellationToken cancellationToken
    ) =>
        clientId is { Length: > 0 }
        && await applications.FindByClientIdAsync(clientId, cancellationToken) is { } client
        && await applications.HasPermissionAsync(client, Permissions.GrantTypes.RefreshToken, cancellationToken);
}
