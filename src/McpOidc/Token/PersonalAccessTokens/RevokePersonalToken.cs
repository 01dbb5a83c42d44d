using McpOidc.Audit;
using McpOidc.RateLimits;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.PersonalAccessTokens;

/// <summary>
/// Revokes a personal access token at the revocation endpoint (RFC 7009). It was issued to no client, so no client authentication is
/// needed: anyone who finds a leaked token can revoke it, for example a secret scanner.
/// </summary>
internal sealed class RevokePersonalToken(Grants grants, RateLimiter limiter, RateLimitSet limits, AuditLog audit)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessAuthenticationContext>()
            .UseSingletonHandler<RevokePersonalToken>()
            .SetOrder(LimitCaller.Descriptor.Order + 50)
            .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (
            context.EndpointType != OpenIddictServerEndpointType.Revocation
            || PersonalAccessToken.Read(context.GenericToken) is not { } token
            || context.Transaction.GetHttpRequest()?.HttpContext is not { } http
        )
        {
            return;
        }

        if (
            await grants.FindAsync(token.GrantId, context.CancellationToken) is { Value: var grant }
            && OpaqueToken.Matches(token.Value, grant.PersonalToken?.Hash)
        )
        {
            if (await grants.RevokeAsync(grant.Id, context.CancellationToken))
            {
                audit.GrantRevoked(grant, "holder");
            }
        }
        else
        {
            await limiter.SpendAsync(limits.FailuresOfAddress, http.Features.Get<TokenCaller>()?.Address);
        }

        // RFC 7009 §2.2: the same response for an unknown token.
        http.Response.StatusCode = StatusCodes.Status200OK;
        context.HandleRequest();
    }
}
