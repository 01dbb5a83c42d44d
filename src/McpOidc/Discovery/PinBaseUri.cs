using McpOidc.Configuration;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>
/// Every URL that OpenIddict makes begins with the configured issuer. Left alone it would take the Host header, and whoever forges that
/// could send clients elsewhere.
/// </summary>
internal sealed class PinBaseUri(Issuer issuer) : IOpenIddictServerHandler<ProcessRequestContext>
{
    // OpenIddict resolves relative endpoint paths against this, so it needs the slash that the issuer must not have.
    private readonly Uri _base = new(issuer.Value + "/");

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessRequestContext>()
            .UseSingletonHandler<PinBaseUri>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ResolveRequestUri.Descriptor.Order + 1)
            .Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        context.BaseUri = _base;
        if (context.RequestUri is { } requested)
        {
            context.RequestUri = new Uri(issuer.Origin + requested.PathAndQuery);
        }

        return default;
    }
}
