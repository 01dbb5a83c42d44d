using McpOidc.Audit;
using McpOidc.Registration;
using McpOidc.Token;
using McpOidc.Token.ClientAuthentication;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.RateLimits;

/// <summary>
/// Rejects a caller whose limit is reached, by its address and the client that it names, before anything in the request is verified or
/// looked up. <see cref="CountAnswer{TContext}"/> counts afterwards.
/// </summary>
internal sealed class LimitCaller(
    RateLimiter limiter,
    RateLimitSet limits,
    CallerAddress addresses,
    LiveTokens tokens,
    RegisteredClients registered,
    AuditLog audit
) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessAuthenticationContext>()
            .UseSingletonHandler<LimitCaller>()
            .SetOrder(ValidateRequiredTokens.Descriptor.Order + 250)
            .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (
            context.EndpointType
                is not (
                    OpenIddictServerEndpointType.Token
                    or OpenIddictServerEndpointType.Revocation
                    or OpenIddictServerEndpointType.Introspection
                    or OpenIddictServerEndpointType.PushedAuthorization
                    or OpenIddictServerEndpointType.DeviceAuthorization
                )
            || context.Transaction.GetHttpRequest()?.HttpContext is not { } http
        )
        {
            return;
        }

        var caller = await ReadAsync(context, addresses.KeyOf(http));
        http.Features.Set(caller);
        if (FindReached(context, caller) is { } reached)
        {
            audit.LimitReached(reached, caller.ClientId);
            await TooManyRequests.Answer(http, reached).ExecuteAsync(http);
            context.HandleRequest();
        }
    }

    private async ValueTask<TokenCaller> ReadAsync(ProcessAuthenticationContext context, string? address)
    {
        var stated = context.ClientId is { Length: > 0 } known ? known : context.Request.ClientId;
        var clientId = stated is { Length: > 0 } ? stated : ClientAssertion.Read(context.ClientAssertion ?? "")?.Subject;
        return new TokenCaller(
            clientId,
            address,
            SendsProof: context.ClientSecret is { Length: > 0 } || context.ClientAssertion is { Length: > 0 },
            await JudgeAsync(context, clientId),
            RefreshesByOwnId: context.Request.IsRefreshTokenGrantType()
                && clientId is { Length: > 0 }
                && registered.Read(clientId) is not null
        );
    }

    private ValueTask<HeldToken> JudgeAsync(ProcessAuthenticationContext context, string? clientId) =>
        context.GenericToken is { Length: > 0 } presented
            ? tokens.JudgeRefreshTokenAsync(presented, clientId, context.CancellationToken)
            : tokens.JudgeAsync(
                context.RefreshToken ?? context.AuthorizationCode ?? context.DeviceCode,
                clientId,
                context.CancellationToken
            );

    private RateLimitRefusal? FindReached(ProcessAuthenticationContext context, TokenCaller caller) =>
        limiter.Find(limits.Client, caller.ClientId)
        ?? (IsNoGuess(context, caller) ? null : limiter.Find(limits.FailuresOfClient, caller.ClientAtAddress))
        ?? (IsNoGuess(context, caller) || caller.Held == HeldToken.Live ? null : FindReachedByAddress(caller));

    // After a loss of the store, every client behind an address fails to refresh once and must be able to sign in again. Secrets could be
    // guessed this way, so a request with a secret also counts as a possible guess.
    private RateLimitRefusal? FindReachedByAddress(TokenCaller caller) =>
        caller.RefreshesByOwnId
            ? limiter.Find(limits.EndedRefreshesOfAddress, caller.Address)
                ?? (caller.SendsProof ? limiter.Find(limits.FailuresOfAddress, caller.Address) : null)
            : limiter.Find(limits.FailuresOfAddress, caller.Address);

    // Users who share an attacker's address keep their access and can start sign-ins: a pushed request of a public client verifies
    // nothing. A request with client authentication may be a guess, whatever else it contains.
    private static bool IsNoGuess(ProcessAuthenticationContext context, TokenCaller caller) =>
        !caller.SendsProof && (caller.Held == HeldToken.Live || TokenCaller.BeginsSignIn(context.EndpointType));
}
