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
/// Gives an MCP server on any stack what <see cref="IIdentityProviderTokens"/> gives one on this stack: the user's identity provider
/// access token, or the id_token by <c>requested_token_type</c>, for the token that the user's client sent (RFC 8693). The same freshness
/// rules apply, with one refresh for all callers.
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
            var wantsIdToken = context.Request.RequestedTokenType == TokenTypeIdentifiers.IdentityToken;
            if (
                context.SubjectTokenPrincipal is { } person
                && await tokens.GetAsync(person, context.CancellationToken) is { } held
                && Answer(held, wantsIdToken) is { } answer
            )
            {
                LogExchanged(context.ClientId, person.GetClaim(Claims.Subject));
                audit.IdentityProviderTokenExchanged(person.GetClaim(Claims.Subject), context.ClientId);
                await WriteAsync(context.Transaction.GetHttpRequest()!.HttpContext, answer);
                // The response is the provider's token, so OpenIddict creates none.
                context.HandleRequest();
                return;
            }

            context.Reject(Errors.InvalidGrant, "There is no identity provider token: the user must sign in again.");
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            context.Reject(Errors.TemporarilyUnavailable, "The identity provider is not responding.");
        }
    }

    // RFC 8693 §2.2.1: a token that is not an access token is still returned as access_token, with the type N_A.
    private JsonObject? Answer(IdentityProviderTokenSet held, bool wantsIdToken) =>
        !wantsIdToken ? AccessToken(held)
        : held.IdToken is not { } idToken ? null
        : new JsonObject
        {
            ["access_token"] = idToken,
            ["issued_token_type"] = TokenTypeIdentifiers.IdentityToken,
            ["token_type"] = "N_A",
        };

    private JsonObject AccessToken(IdentityProviderTokenSet held)
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

        return answer;
    }

    private static Task WriteAsync(HttpContext http, JsonObject answer)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }

    [LoggerMessage(2301, LogLevel.Information, "Issued the identity provider's access token of user {Subject} to MCP server {ClientId}.")]
    private partial void LogExchanged(string? clientId, string? subject);

    [LoggerMessage(2302, LogLevel.Warning, "A token exchange failed: the identity provider is not responding.")]
    private partial void LogUnavailable(Exception exception);
}
