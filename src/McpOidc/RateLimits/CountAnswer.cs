using McpOidc.Token;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.RateLimits;

/// <summary>
/// Counts what a machine was answered. The budget of a client is charged to a party only that proved to be it, by a secret, an assertion, a
/// code or a refresh token: a name is free to everybody. Whatever else was answered is charged to the address.
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

    // Where the answer is good, a secret or an assertion was verified, and tokens were given for a good code or refresh token only. One
    // that has ended proves nothing: it may be sent again and again.
    private static bool IsProven(TContext context, TokenCaller caller) =>
        caller.SendsProof || caller.Held == HeldToken.Live || context.Transaction.EndpointType == OpenIddictServerEndpointType.Token;

    private static bool IsGuess(TContext context, TokenCaller caller, string? error) =>
        error switch
        {
            Errors.InvalidClient => true,
            // A client that has proven itself may be wrong about a grant of ours that has ended, for each of its people.
            Errors.InvalidGrant => caller.Held == HeldToken.None || caller is { Held: HeldToken.Ended, SendsProof: false },
            // A pushed request was counted as the beginning of a sign-in.
            null => context.Transaction.EndpointType != OpenIddictServerEndpointType.PushedAuthorization,
            _ => false,
        };
}
