using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Access tokens and id_tokens are plain JWTs without a record, so that neither refreshes nor time make the store grow. Codes (
/// <see cref="IssueCode"/>) and refresh tokens are stored in their grant.
/// </summary>
internal sealed class KeepTokenOutOfStore : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<GenerateTokenContext>()
            .UseSingletonHandler<KeepTokenOutOfStore>()
            .SetOrder(Handlers.CreateTokenEntry.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (
            context.TokenType
            is TokenTypeIdentifiers.AccessToken
                or TokenTypeIdentifiers.IdentityToken
                or TokenTypeIdentifiers.Private.AuthorizationCode
        )
        {
            context.CreateTokenEntry = context.PersistTokenPayload = context.IsReferenceToken = false;
        }

        return default;
    }
}
