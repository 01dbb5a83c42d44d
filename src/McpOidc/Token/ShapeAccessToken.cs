using System.Security.Claims;
using McpOidc.Configuration;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Gives JWTs their final form: the issuer is our exact string (OpenIddict would add a slash), and an access token has the claims of RFC
/// 9068 and none of OpenIddict's own.
/// </summary>
internal sealed class ShapeAccessToken(Issuer issuer) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<GenerateTokenContext>()
            .UseSingletonHandler<ShapeAccessToken>()
            .SetOrder(Handlers.AttachTokenMetadata.Descriptor.Order + 250)
            .Build();

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken))
        {
            return default;
        }

        var descriptor = context.SecurityTokenDescriptor;
        descriptor.Issuer = issuer.Value;
        descriptor.NotBefore = descriptor.IssuedAt;
        if (descriptor.Subject is { } subject)
        {
            var kept = subject.Claims.Where(claim => !claim.Type.StartsWith(Claims.Prefixes.Private, StringComparison.Ordinal));
            descriptor.Subject = new ClaimsIdentity(kept, subject.AuthenticationType, subject.NameClaimType, subject.RoleClaimType);
        }

        return default;
    }
}
