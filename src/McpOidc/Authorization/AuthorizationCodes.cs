using McpOidc.DPoP;
using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace McpOidc.Authorization;

/// <summary>Issues authorization codes (RFC 6749 §4.1.2), each with its grant. A repeated request gets the same code until it is
/// redeemed.</summary>
internal sealed partial class AuthorizationCodes(
    UserLimit limit,
    Grants grants,
    GrantOrigins origins,
    UserSessions users,
    BrowserCookies cookies,
    SignInTrail trail,
    TimeProvider clock,
    ILogger<AuthorizationCodes> logger
)
{
    public async Task<IResult> IssueAsync(
        HttpContext http,
        AuthorizationRequest request,
        UserRecord user,
        DateTimeOffset? authenticatedAt,
        string? providerSession,
        TimeSpan codeLifetime,
        string? grantId,
        CancellationToken cancellationToken
    )
    {
        if (grantId is not null && await grants.RecallAsync(grantId, cancellationToken) is { Value: var given })
        {
            await grants.ConfirmAsync(grantId, cancellationToken);
            return GiveAgain(http, request, given);
        }

        if (await limit.FindRefusalAsync(user.Subject, request.Client.Id) is { } refusal)
        {
            return refusal;
        }

        var id = grantId ?? OpaqueToken.CreateId();
        var grant = new GrantRecord
        {
            Id = id,
            Subject = user.Subject,
            Provider = user.Provider,
            ProviderSession = providerSession,
            ClientId = request.Client.Id,
            Scopes = request.Scopes,
            Resource = request.Resource.AskedAs,
            RedirectUri = request.Parameters.RedirectUri!,
            CodeKey = BoundCode.KeyOf(request.Parameters),
            Origin = await origins.SealAsync(id, cancellationToken),
            CreatedAt = clock.GetUtcNow(),
            AuthenticatedAt = authenticatedAt ?? clock.GetUtcNow(),
            ExpiresAt = grants.InitialExpiry(request.Resource.AskedAs, codeLifetime),
        };
        await users.KeepAliveAsync(user, cancellationToken);
        NewGrant.Hold(http, new NewGrant(grant, Seal: grantId is null ? null : cookies.SealOf(http)));
        trail.Note("code.issued", $"Grant {grant.Id}.");
        LogGranted(grant.Id, grant.ClientId, grant.Subject, string.Join(' ', grant.Scopes), request.Resource.Options.Uri);
        // A code contains the claims of the id_token: it is redeemed a moment later, and the vault need not be read again.
        var principal = GrantPrincipal
            .Create(grant, request.Client.ClientId, identity => UserClaims.Attach(identity, user, grant.Scopes))
            .SetAuthorizationCodeLifetime(codeLifetime);
        return Results.SignIn(principal, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    // The same code, until it is redeemed: a second redemption would end the grant.
    private IResult GiveAgain(HttpContext http, AuthorizationRequest request, GrantRecord given)
    {
        if (NewGrant.CodeOf(given, cookies.SealOf(http), clock.GetUtcNow()) is not { } code)
        {
            trail.Note("code.done", $"Grant {given.Id}.");
            return StepAnswers.Done(http.Features.Get<Interaction>());
        }

        trail.Note("code.repeated", $"Grant {given.Id}.");
        NewGrant.Hold(http, new NewGrant(given, Seal: null, code));
        return Results.SignIn(
            GrantPrincipal.Create(given, request.Client.ClientId),
            authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
    }

    // An elevation is a grant with more scopes than an earlier one of the same subject and client.
    [LoggerMessage(
        1502,
        LogLevel.Information,
        "Grant {GrantId}: client {ClientId} may act for {Subject} with the scopes {Scopes} at {Resource}."
    )]
    private partial void LogGranted(string grantId, string clientId, string subject, string scopes, string resource);
}
