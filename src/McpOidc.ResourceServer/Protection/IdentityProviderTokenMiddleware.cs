using McpOidc.ErrorResponses;
using McpOidc.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Sends a client to sign in again whose call needs tokens that only the person can bring (RFC 6750 §3.1), and has its refresh token
/// refused from then on: the TypeScript SDK refreshes first, and calls no further once that succeeds.
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
        "The identity provider wants to see the person again."
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

    // What no person allowed in a browser, nobody can allow again.
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
        // The grant may have ended by what the provider has just said.
        return (after ?? before) is { IsLive: false } or { MustSignInSince: not null };
    }
}
