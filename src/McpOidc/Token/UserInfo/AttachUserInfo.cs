using McpOidc.Sessions;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.UserInfo;

/// <summary><c>GET /me</c>: the claims that the token's scopes open (OpenID Connect Core §5.3).</summary>
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
        // Who asks is the client; the resource for which the token is meant is none of its business here.
        context.Audiences.Clear();
        if (
            context.Transaction.CurrentGrant() is not { } grant
            || await users.FindAsync(grant.Subject, context.CancellationToken) is not { } user
        )
        {
            context.Reject(Errors.InvalidToken, "The sign-in that this token belongs to has ended.");
            return;
        }

        if (!context.AccessTokenPrincipal.HasScope(Scopes.OpenId))
        {
            context.Reject(Errors.InsufficientScope, "The token lacks the scope openid.");
            return;
        }

        foreach (var (name, value) in UserClaims.ForScopes(user, context.AccessTokenPrincipal.GetScopes()))
        {
            context.Claims[name] = value;
        }
    }
}
