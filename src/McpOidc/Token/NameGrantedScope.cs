using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>Returns the granted scope in every response (RFC 6749 §5.1): OpenIddict omits it if it equals the requested one.</summary>
internal sealed class NameGrantedScope : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseSingletonHandler<NameGrantedScope>()
            .SetOrder(OpenIddictServerHandlers.AttachSignInParameters.Descriptor.Order + 400)
            .Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.IncludeAccessToken && context.AccessTokenPrincipal is { } token)
        {
            context.Response.Scope = string.Join(' ', token.GetScopes());
        }

        return default;
    }
}
