using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>
/// Assigns a pushed request to one browser (RFC 9126 §4), by compare-and-swap, so that only one of two gets it. That browser may load it
/// again for some seconds. From here on it is an ordinary request: its parameters are stored during the sign-in, not the reference.
/// </summary>
internal sealed class TakePushedRequest(RecordStore records, BrowserCookies cookies, TimeProvider clock)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseSingletonHandler<TakePushedRequest>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthentication.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (string.IsNullOrEmpty(context.Request.RequestUri))
        {
            return;
        }

        var http = context.Transaction.GetHttpRequest()?.HttpContext ?? throw new InvalidOperationException("There is no HTTP request.");
        // Without a principal no reference was read: OpenIddict should have rejected the request before.
        if (
            context.RequestTokenPrincipal?.GetTokenId() is not { } id
            || await OpenAsync(id, cookies.EnsureBinding(http), context.CancellationToken) is not { } pushed
        )
        {
            // A page, as for an expired reference: an error sent to the client would stop the sign-in that continues elsewhere.
            context.Request.RedirectUri = null;
            context.Reject(Errors.InvalidRequestUri, "The request_uri has already been used.");
            return;
        }

        http.Features.Set(new PushedRequest(pushed));
        context.Request.RequestUri = null;
    }

    private async ValueTask<TokenRecord?> OpenAsync(string id, string browser, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (before, opened) = await records.ChangeAsync(
            ServerKeys.Token,
            id,
            token => token is { OpenedBy: null } ? token with { OpenedBy = browser, OpenedAt = now } : null,
            cancellationToken
        );
        return opened ?? (before?.OpenedBy == browser && now - before.OpenedAt <= StepAnswers.Lifetime ? before : null);
    }
}
