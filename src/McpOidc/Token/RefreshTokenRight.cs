using McpOidc.Registration;
using OpenIddict.Abstractions;

namespace McpOidc.Token;

/// <summary>Who gets a refresh token (<see cref="ClientRecord.MayRefresh"/>).</summary>
internal static class RefreshTokenRight
{
    public static async ValueTask<bool> MayRefreshAsync(
        this IOpenIddictApplicationManager applications,
        string? clientId,
        CancellationToken cancellationToken
    ) =>
        clientId is { Length: > 0 }
        && await applications.FindByClientIdAsync(clientId, cancellationToken) is ClientRecord { MayRefresh: true };
}
