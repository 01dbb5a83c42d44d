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
/// provider, or the id_token by <c>requested_token_type</c>, for the token that the person's client sent (RFC 8693). The access token is
/// fresh by the same rules, with one refresh for all who ask.
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

    // RFC 8693 §2.2.1: what is no access token is returned as access_token all the same, with the type N_A.
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

    [LoggerMessage(2301, LogLevel.Information, "MCP server {ClientId} was given the identity provider's access token of user {Subject}.")]
    private partial void LogExchanged(string? clientId, string? subject);

    [LoggerMessage(2302, LogLevel.Warning, "A token could not be exchanged: the identity provider does not answer.")]
    private partial void LogUnavailable(Exception exception);
}
