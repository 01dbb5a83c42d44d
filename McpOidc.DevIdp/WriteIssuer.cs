using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>Makes the issuer the same string without a trailing slash in metadata, authorization responses and tokens.</summary>
internal sealed class WriteIssuer(DevIdpOptions options)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>,
        IOpenIddictServerHandler<ApplyAuthorizationResponseContext>,
        IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        context.Response["issuer"] = options.Issuer;
        return default;
    }

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        context.Response.Iss = options.Issuer;
        return default;
    }

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is TokenTypeIdentifiers.IdentityToken or TokenTypeIdentifiers.AccessToken)
        {
            context.SecurityTokenDescriptor.Issuer = options.Issuer;
        }

        return default;
    }
}
