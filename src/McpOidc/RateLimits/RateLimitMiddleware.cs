using McpOidc.Audit;
using McpOidc.Hosting;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.RateLimits;

/// <summary>
/// Limits what is known before a request is worked on: the client that it names and the address that it comes from. An address counts
/// only for what anybody can do, which is to begin a sign-in and to fail; a good request costs it nothing.
/// </summary>
internal sealed class RateLimitMiddleware(
    RequestDelegate next,
    RateLimiter limiter,
    RateLimitSet limits,
    CallerAddress addresses,
    RefreshRotation rotation,
    AuditLog audit
)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var own = context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>();
        var isMachine = own is { IsLimitedByClient: true };
        // What resumes a sign-in has begun it before.
        var beginsSignIn =
            own is { BeginsSignIn: true } && (isMachine || !context.Request.Query.ContainsKey(Authorization.ResumeInteraction.Parameter));
        if (HttpMethods.IsOptions(context.Request.Method) || (!isMachine && !beginsSignIn))
        {
            await next(context);
            return;
        }

        var address = addresses.KeyOf(context);
        var caller = isMachine ? await TokenCaller.ReadAsync(context, address, rotation, context.RequestAborted) : null;
        if ((caller is null ? null : FindReached(caller)) is { } reached)
        {
            await RefuseAsync(context, reached, caller?.ClientId);
            return;
        }

        if (beginsSignIn && await limiter.SpendAsync(limits.AuthorizationsOfAddress, address) is { } refusal)
        {
            await RefuseAsync(context, refusal, caller?.ClientId);
            return;
        }

        await next(context);
        if (caller is not null)
        {
            await CountAsync(context, caller);
        }
    }

    private RateLimitRefusal? FindReached(TokenCaller caller) =>
        limiter.Find(limits.Client, caller.ClientId)
        ?? limiter.Find(limits.FailuresOfClient, caller.ClientAtAddress)
        // People behind the address of an attacker keep what they hold.
        ?? (caller.HoldsOurToken ? null : limiter.Find(limits.FailuresOfAddress, caller.Address));

    private async ValueTask CountAsync(HttpContext context, TokenCaller caller)
    {
        var error = context.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction?.Response?.Error;
        var isUnproven = error == Errors.InvalidClient || context.Response.StatusCode == StatusCodes.Status401Unauthorized;
        if (isUnproven)
        {
            await limiter.SpendAsync(limits.FailuresOfClient, caller.ClientAtAddress);
        }

        // A client that has proven itself may be wrong about a grant; somebody who has not may be guessing.
        if (isUnproven || (error == Errors.InvalidGrant && caller is { SendsProof: false, HoldsOurToken: false }))
        {
            await limiter.SpendAsync(limits.FailuresOfAddress, caller.Address);
        }
        else if (context.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            await limiter.SpendAsync(limits.Client, caller.ClientId);
        }
    }

    private Task RefuseAsync(HttpContext context, RateLimitRefusal refusal, string? clientId)
    {
        audit.LimitReached(refusal, clientId);
        return TooManyRequests.Answer(context, refusal).ExecuteAsync(context);
    }
}
