using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token.ClientCredentials;

/// <summary>
/// A public client that requests client_credentials gets <c>unauthorized_client</c>; a confidential one that does not authenticate gets
/// <c>invalid_client</c> (RFC 6749 §4.4, §5.2). OpenIddict would answer <c>invalid_request</c> for both.
/// </summary>
internal sealed class RequireProof(IOpenIddictApplicationManager applications) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseScopedHandler<RequireProof>()
            .SetOrder(Exchange.ValidateClientCredentialsParameters.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (!context.Request.IsClientCredentialsGrantType())
        {
            return;
        }

        if (
            context.ClientId is { Length: > 0 } clientId
            && await applications.FindByClientIdAsync(clientId, context.CancellationToken) is { } client
            && await applications.HasClientTypeAsync(client, ClientTypes.Public, context.CancellationToken)
        )
        {
            context.Reject(Errors.UnauthorizedClient, "Public clients cannot use client_credentials.");
        }
        else if (string.IsNullOrEmpty(context.Request.ClientSecret) && string.IsNullOrEmpty(context.Request.ClientAssertion))
        {
            context.Reject(Errors.InvalidClient, "The client must authenticate.");
        }
    }
}
