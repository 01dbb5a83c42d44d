using McpOidc.Configuration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// OpenIddict shows every invalid request to the user. If client and redirect URI are known to be valid, the error goes to the client (RFC
/// 6749 §4.1.2.1), with state and issuer, so that it can react.
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
        // RFC 9101 §6.2; OpenIddict's message mentions a token.
        if (
            context.Response.Error is Errors.InvalidToken or Errors.InvalidRequest
            && context.Request?.RequestUri?.StartsWith(RequestUris.Prefixes.Generic, StringComparison.Ordinal) == true
        )
        {
            context.Response.Error = Errors.InvalidRequestUri;
            context.Response.ErrorDescription = "The request_uri is unknown or has expired.";
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
            // RFC 9207 §2: on success and on error, byte for byte the issuer in the metadata.
            context.Response.Iss = issuer.Value;
            if (!string.IsNullOrEmpty(context.Response.Error))
            {
                // It links to an OpenIddict page, which is of no use to a client.
                context.Response.ErrorUri = null;
                // Whatever mode was requested: every supported client reads this one.
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
