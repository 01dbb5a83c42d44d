using McpOidc.Authorization;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.PushedAuthorization;

/// <summary>
/// Holds a pushed request to what <c>/authorize</c> asks for (RFC 9126 §2.1 step 3), so that the client learns of a mistake at once and not
/// the person later.
/// </summary>
internal sealed class CheckPushedRequest(IOptions<McpOidcOptions> options, ScopeCatalog scopes) : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<CheckPushedRequest>()
        .SetOrder(OpenIddictServerHandlers.Authentication.ValidatePushedResponseTypeParameter.Descriptor.Order - 500)
        .Build();

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
    {
        if (LimitParameters.FindProblem(context.Request) is { } problem)
        {
            context.Reject(Errors.InvalidRequest, problem);
        }
        else if (RequestedResource.Find(context.Request, options.Value.Resources, out var wrongTarget) is null)
        {
            context.Reject(Errors.InvalidTarget, wrongTarget);
        }

        // Unknown scopes are left out, as at /authorize, where the default ones are added.
        context.Request.Scope = context.Request.Scope is { Length: > 0 } asked ? string.Join(' ', scopes.Known(asked)) : null;
        return default;
    }
}
