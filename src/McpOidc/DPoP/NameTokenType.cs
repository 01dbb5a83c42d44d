using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DPoP;

/// <summary>Tells the client that its token is bound: <c>token_type</c> is DPoP (RFC 9449 §5). With Bearer, a client would send it as
/// such.</summary>
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
