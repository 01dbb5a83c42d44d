using McpOidc.Sessions;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.UserInfo;

/// <summary><c>GET /me</c>: the claims for the token's scopes (OpenID Connect Core §5.3).</summary>
internal sealed class AttachUserInfo(UserSessions users) : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleUserInfoRequestContext>()
            .UseSingletonHandler<AttachUserInfo>()
            .SetOrder(OpenIddictServerHandlers.UserInfo.AttachAudiences.Descriptor.Order + 50_000)
            .Build();

    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        // The caller is the client; the token's resource does not matter here.
        context.Audiences.Clear();
        if (
            context.Transaction.CurrentGrant() is not { } grant
            || await users.FindAsync(grant.Subject, context.CancellationToken) is not { } user
        )
        {
            context.Reject(Errors.InvalidToken, "The grant of this token has ended.");
            return;
        }

        if (!context.AccessTokenPrincipal.HasScope(Scopes.OpenId))
        {
            context.Reject(Errors.InsufficientScope, "The token does not have the scope openid.");
            return;
        }

        foreach (var (name, value) in UserClaims.ForScopes(user, context.AccessTokenPrincipal.GetScopes()))
        {
            context.Claims[name] = value;
        }
    }
}
