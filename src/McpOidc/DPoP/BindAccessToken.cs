using System.Text.Json.Nodes;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DPoP;

/// <summary>Adds the proven key to the access token as <c>cnf.jkt</c> (RFC 9449 §6.1).</summary>
internal sealed class BindAccessToken : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseSingletonHandler<BindAccessToken>()
            .SetOrder(OpenIddictServerHandlers.PrepareAccessTokenPrincipal.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (ProvenKey.Of(context.Transaction) is { } key)
        {
            context.AccessTokenPrincipal?.SetClaim(Confirmation.Claim, new JsonObject { [Confirmation.Thumbprint] = key.Thumbprint });
        }

        return default;
    }
}
