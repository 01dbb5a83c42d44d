using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.ErrorResponses;

/// <summary>Removes OpenIddict's <c>error_uri</c> (RFC 6749 §5.2), whose page has no information about this server.</summary>
internal sealed class OmitErrorUri<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<TContext>()
            .UseSingletonHandler<OmitErrorUri<TContext>>()
            .SetOrder(int.MinValue + 100_000)
            .Build();

    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Response is { } response)
        {
            response.ErrorUri = null;
        }

        return default;
    }
}
