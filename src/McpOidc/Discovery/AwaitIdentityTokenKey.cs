using McpOidc.Keys;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>Delays the key set of a new installation until the key for id_tokens exists, a moment after the start: a client that caches
/// the set for hours would otherwise lack it.</summary>
internal sealed class AwaitIdentityTokenKey(SigningKeyRing ring, IOptionsMonitor<OpenIddictServerOptions> options)
    : IOpenIddictServerHandler<HandleJsonWebKeySetRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleJsonWebKeySetRequestContext>()
            .UseSingletonHandler<AwaitIdentityTokenKey>()
            .SetOrder(int.MinValue + 50_000)
            .Build();

    public async ValueTask HandleAsync(HandleJsonWebKeySetRequestContext context)
    {
        if (!ring.Current.IsComplete)
        {
            await ring.CompleteAsync(context.CancellationToken);
            context.Transaction.Options = options.CurrentValue;
        }
    }
}
