using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Federation;
using McpOidc.Protection;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.TokenExchange;

/// <summary>
/// Gives an MCP server on any stack what <see cref="IIdentityProviderTokens"/> gives one on this: the person's access token of the identity
/// provider, for the token that the person's client sent (RFC 8693). It is fresh by the same rules, with one refresh for all who ask.
/// </summary>
internal sealed partial class ExchangeForIdentityProviderToken(
    IdentityProviderTokens tokens,
    TimeProvider clock,
    AuditLog audit,
    ILogger<ExchangeForIdentityProviderToken> logger
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleTokenRequestContext>()
            .UseSingletonHandler<ExchangeForIdentityProviderToken>()
            .SetOrder(OpenIddictServerHandlers.Exchange.AttachPrincipal.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsTokenExchangeGrantType())
        {
            return;
        }

        try
        {
            if (context.SubjectTokenPrincipal is { } person && await tokens.GetAsync(person, context.CancellationToken) is { } held)
            {
                LogExchanged(context.ClientId, person.GetClaim(Claims.Subject));
                audit.IdentityProviderTokenExchanged(person.GetClaim(Claims.Subject), context.ClientId);
                await WriteAsync(context.Transaction.GetHttpRequest()!.HttpContext, held);
                // The answer is the provider's token, and none of ours: nothing is left for OpenIddict to make.
                context.HandleRequest();
                return;
            }

            context.Reject(Errors.InvalidGrant, "There is no token of the identity provider: the person has to sign in again.");
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            context.Reject(Errors.TemporarilyUnavailable, "The identity provider does not answer at the moment.");
        }
    }

    private Task WriteAsync(HttpContext http, IdentityProviderTokenSet held)
    {
        var answer = new JsonObject
        {
            ["access_token"] = held.AccessToken,
            ["issued_token_type"] = TokenTypeIdentifiers.AccessToken,
            ["token_type"] = held.TokenType,
        };
        if (held.ExpiresAt is { } expiresAt)
        {
            answer["expires_in"] = (long)Math.Max(0, (expiresAt - clock.GetUtcNow()).TotalSeconds);
        }

        if (held.Scope is { Length: > 0 } scope)
        {
            answer["scope"] = scope;
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }

    [LoggerMessage(2301, LogLevel.Information, "MCP server {ClientId} was given the identity provider's access token of user {Subject}.")]
    private partial void LogExchanged(string? clientId, string? subject);

    [LoggerMessage(2302, LogLevel.Warning, "A token could not be exchanged: the identity provider does not answer.")]
    private partial void LogUnavailable(Exception exception);
}
