using McpOidc.Registration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token.TokenExchange;

/// <summary>
/// An MCP server can exchange only access tokens for its own resource (RFC 8693 §2.1, §5): not those of another server, nor those issued
/// to it as a client. It gets the same token as it would here, and cannot choose a target.
/// </summary>
internal sealed class RequireTokenForServer(StaticClients clients) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<RequireTokenForServer>()
            .SetOrder(Exchange.ValidateAuthorizedParty.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (!context.Request.IsTokenExchangeGrantType())
        {
            return default;
        }

        if (!string.IsNullOrEmpty(context.Request.ActorToken))
        {
            context.Reject(Errors.InvalidRequest, "This server does not support delegation: omit actor_token.");
        }
        else if (context.Request.GetResources().Length > 0 || context.Request.GetAudiences().Length > 0)
        {
            context.Reject(Errors.InvalidTarget, "The identity provider determines the target of its token: omit resource and audience.");
        }
        else if (!ResourceServers.Admit(clients.OptionsOf(context.ClientId), context.SubjectTokenPrincipal))
        {
            context.Reject(Errors.InvalidGrant, "The subject_token is not an access token for this MCP server.");
        }

        return default;
    }
}
