using McpOidc.Token;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts responses at endpoints for programs. A client's budget is charged only to a caller that proved to be this client, by a secret,
/// an assertion, a code or a refresh token, because anyone can send a client id. Everything else is charged to the address.
/// </summary>
internal sealed class CountAnswer<TContext>(RateLimiter limiter, RateLimitSet limits) : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<TContext>()
            .UseSingletonHandler<CountAnswer<TContext>>()
            .SetOrder(int.MinValue + 200_500)
            .Build();

    public async ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.GetHttpRequest()?.HttpContext.Features.Get<TokenCaller>() is not { } caller)
        {
            return;
        }

        var error = context.Transaction.Response?.Error;
        if (error == Errors.InvalidClient)
        {
            await limiter.SpendAsync(limits.FailuresOfClient, caller.ClientAtAddress);
        }

        if (error is null && IsProven(context, caller))
        {
            await limiter.SpendAsync(limits.Client, caller.ClientId);
        }
        else if (IsGuess(context, caller, error) && !caller.IsCharged)
        {
            var isEnded = error == Errors.InvalidGrant && caller.RefreshesByOwnId;
            await limiter.SpendAsync(isEnded ? limits.EndedRefreshesOfAddress : limits.FailuresOfAddress, caller.Address);
        }
    }

    // A successful response means that a secret or assertion was verified, or tokens were issued for a valid code or refresh token. An
    // expired one proves nothing: it can be sent repeatedly.
    private static bool IsProven(TContext context, TokenCaller caller) =>
        caller.SendsProof || caller.Held == HeldToken.Live || context.Transaction.EndpointType == OpenIddictServerEndpointType.Token;

    private static bool IsGuess(TContext context, TokenCaller caller, string? error) =>
        error switch
        {
            Errors.InvalidClient => true,
            // An authenticated client may legitimately present grants that have ended, for each of its users.
            Errors.InvalidGrant => caller.Held == HeldToken.None || caller is { Held: HeldToken.Ended, SendsProof: false },
            null => !TokenCaller.BeginsSignIn(context.Transaction.EndpointType),
            _ => false,
        };
}
