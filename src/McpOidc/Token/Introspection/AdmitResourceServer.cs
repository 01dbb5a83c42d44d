using McpOidc.Registration;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.Introspection;

/// <summary>
/// A pre-registered MCP server may introspect access tokens for its resource (RFC 7662 §2.1); other tokens are reported as inactive.
/// OpenIddict supports only the client that a token was issued to, and audiences that are client ids.
/// </summary>
internal sealed class AdmitResourceServer(StaticClients clients) : IOpenIddictServerHandler<ValidateIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateIntrospectionRequestContext>()
            .UseSingletonHandler<AdmitResourceServer>()
            .SetOrder(OpenIddictServerHandlers.Introspection.ValidateAuthorizedParty.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateIntrospectionRequestContext context)
    {
        ResourceServers.Admit(clients.OptionsOf(context.ClientId), context.GenericTokenPrincipal);
        return default;
    }
}
