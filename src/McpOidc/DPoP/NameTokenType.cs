using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DPoP;

/// <summary>Tells the client that its token is bound: <c>token_type</c> DPoP (RFC 9449 §5). A client that got Bearer would send it
/// so.</summary>
internal sealed class NameTokenType : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseSingletonHandler<NameTokenType>()
            .SetOrder(OpenIddictServerHandlers.AttachSignInParameters.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.IncludeAccessToken && ProvenKey.Of(context.Transaction) is not null)
        {
            context.Response.TokenType = ProofVerifier.Header;
        }

        return default;
    }
}
