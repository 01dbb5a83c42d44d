using McpOidc.ErrorResponses;
using McpOidc.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Makes a client sign in again if its call needs tokens that require the user (RFC 6750 §3.1), and has its refresh token rejected from
/// then on: the TypeScript SDK refreshes first, and does nothing more if that succeeds.
/// </summary>
internal sealed class IdentityProviderTokenMiddleware(
    RequestDelegate next,
    IdentityProviderTokens tokens,
    RecordStore records,
    TimeProvider clock
)
{
    private static readonly OAuthError s_refusal = new(
        StatusCodes.Status401Unauthorized,
        "invalid_token",
        "The identity provider requires the user to sign in again."
    );

    public async Task InvokeAsync(HttpContext context)
    {
        if (TokenNeed.Of(context) is not { } need)
        {
            await next(context);
            return;
        }

        need.Held = await tokens.FindAsync(context.User, context.RequestAborted);
        if (need.Held.NeedsSignIn && !(need.Held.User!.NotSentAgainUntil > clock.GetUtcNow()) && await IsMarkedAsync(context))
        {
            await context.ChallengeAsync(McpOidcAuthentication.Scheme, BearerTokenHandler.Refusing(s_refusal));
            return;
        }

        await next(context);
    }

    // A token without a user's consent in a browser cannot be renewed by one.
    private async Task<bool> IsMarkedAsync(HttpContext context)
    {
        if (context.User.FindFirst("sid")?.Value is not { Length: > 0 } grantId)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        var (before, after) = await records.ChangeAsync(
            StoreKeys.Grant,
            grantId,
            grant =>
                grant is { IsLive: true, RedirectUri.Length: > 0, MustSignInSince: null } ? grant with { MustSignInSince = now } : null,
            context.RequestAborted
        );
        // The provider's response may just have ended the grant.
        return (after ?? before) is { IsLive: false } or { MustSignInSince: not null };
    }
}
