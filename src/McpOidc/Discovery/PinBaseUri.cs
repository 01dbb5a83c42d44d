using McpOidc.Configuration;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>
/// Makes every URL created by OpenIddict start with the configured issuer. By default it uses the Host header, and a forged one could
/// redirect clients.
/// </summary>
internal sealed class PinBaseUri(Issuer issuer) : IOpenIddictServerHandler<ProcessRequestContext>
{
    // OpenIddict resolves relative endpoint paths against this, so it needs the trailing slash that the issuer must not have.
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
