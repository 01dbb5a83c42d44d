using System.Security.Cryptography;
using System.Text;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>Validates the only client, which has a secret, and redirect URIs on loopback.</summary>
internal sealed class CheckClient(DevIdpOptions options)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>,
        IOpenIddictServerHandler<ValidateTokenRequestContext>,
        IOpenIddictServerHandler<ValidateRevocationRequestContext>,
        IOpenIddictServerHandler<ValidateEndSessionRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (context.ClientId != options.ClientId)
        {
            context.Reject(Errors.InvalidClient, "The client is unknown.");
        }
        else if (!IsAllowed(context.RedirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The redirect_uri is not registered.");
        }

        return default;
    }

    public ValueTask HandleAsync(ValidateTokenRequestContext context) => CheckSecret(context, context.ClientId, context.ClientSecret);

    public ValueTask HandleAsync(ValidateRevocationRequestContext context) => CheckSecret(context, context.ClientId, context.ClientSecret);

    public ValueTask HandleAsync(ValidateEndSessionRequestContext context)
    {
        if (context.PostLogoutRedirectUri is { Length: > 0 } uri && !IsAllowed(uri))
        {
            context.Reject(Errors.InvalidRequest, "The post_logout_redirect_uri is not registered.");
        }

        return default;
    }

    private ValueTask CheckSecret(BaseValidatingContext context, string? clientId, string? secret)
    {
        if (
            clientId != options.ClientId
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(secret ?? ""), Encoding.UTF8.GetBytes(options.ClientSecret))
        )
        {
            context.Reject(Errors.InvalidClient, "The client or its secret is wrong.");
        }

        return default;
    }

    private bool IsAllowed(string? redirectUri) =>
        redirectUri is not null
        && (
            options.RedirectUris.Contains(redirectUri)
            || (Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)
        );
}
