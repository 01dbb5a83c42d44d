using McpOidc.Configuration;
using McpOidc.Registration;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Omits the id_token if it is not due: after an assertion, because there was no sign-in here, and at a refresh (OpenID Connect Core §12.2
/// makes it optional) unless the client requests it by the scope <c>openid</c>. MCP clients do not read it, and it costs a second
/// signature.
/// </summary>
internal sealed class OmitIdentityToken(IOptions<TokenOptions> options) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseSingletonHandler<OmitIdentityToken>()
            .SetOrder(DecideRefreshToken.Descriptor.Order + 100)
            .Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (
            context.EndpointType == OpenIddictServerEndpointType.Token
            && (context.Request.GrantType == StaticClients.JwtBearer || context.Request.IsRefreshTokenGrantType() && !IsAskedFor(context))
        )
        {
            context.GenerateIdentityToken = context.IncludeIdentityToken = false;
        }

        return default;
    }

    private bool IsAskedFor(ProcessSignInContext context) =>
        options.Value.IdentityTokenOnRefresh
        || SetAsideScope.Of(context.Transaction)?.Split(' ').Contains(Scopes.OpenId, StringComparer.Ordinal) == true;
}
