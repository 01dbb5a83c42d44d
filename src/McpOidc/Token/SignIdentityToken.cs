using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>Signs an id_token with the key from <see cref="ChooseIdentityTokenKey"/>.</summary>
internal sealed class SignIdentityToken : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<GenerateTokenContext>()
            .UseSingletonHandler<SignIdentityToken>()
            .SetOrder(Handlers.AttachSecurityCredentials.Descriptor.Order + 250)
            .Build();

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType == TokenTypeIdentifiers.IdentityToken && ChooseIdentityTokenKey.Of(context.Transaction) is { } key)
        {
            context.SigningCredentials = key;
        }

        return default;
    }
}
