using McpOidc.Configuration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// OpenIddict shows every invalid request to the person. Where client and redirect URI are known to be right, the client is told instead
/// (RFC 6749 §4.1.2.1), with state and issuer, so that it can react.
/// </summary>
internal sealed class RedirectErrorsToClient(IOpenIddictApplicationManager applications, Issuer issuer)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyAuthorizationResponseContext>()
            .UseScopedHandler<RedirectErrorsToClient>()
            .SetOrder(OpenIddictServerHandlers.Authentication.InferResponseMode.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        // RFC 9101 §6.2; OpenIddict speaks of a token.
        if (
            context.Response.Error is Errors.InvalidToken or Errors.InvalidRequest
            && context.Request?.RequestUri?.StartsWith(RequestUris.Prefixes.Generic, StringComparison.Ordinal) == true
        )
        {
            context.Response.Error = Errors.InvalidRequestUri;
            context.Response.ErrorDescription = "The request_uri is not known here, or its time is over.";
        }

        if (
            string.IsNullOrEmpty(context.RedirectUri)
            && !string.IsNullOrEmpty(context.Response.Error)
            && await IsTrustedAsync(context.Request, context.CancellationToken)
        )
        {
            context.RedirectUri = context.Request!.RedirectUri;
        }

        if (!string.IsNullOrEmpty(context.RedirectUri))
        {
            // RFC 9207 §2: on success and on error alike, and byte for byte the issuer of the metadata.
            context.Response.Iss = issuer.Value;
            if (!string.IsNullOrEmpty(context.Response.Error))
            {
                // The page behind it is OpenIddict's; a client has no use for it.
                context.Response.ErrorUri = null;
                // Whatever mode was asked for: it is the one that every client of ours reads.
                context.ResponseMode = ResponseModes.Query;
            }
        }
    }

    private async ValueTask<bool> IsTrustedAsync(OpenIddictRequest? request, CancellationToken cancellationToken) =>
        request?.ClientId is { Length: > 0 } clientId
        && request.RedirectUri is { Length: > 0 } redirectUri
        && await applications.FindByClientIdAsync(clientId, cancellationToken) is { } client
        && await applications.ValidateRedirectUriAsync(client, redirectUri, cancellationToken);
}
