using System.Text.Json;
using McpOidc.Hosting;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>Writes the metadata and the keys as cacheable documents, instead of OpenIddict's response handler.</summary>
internal sealed class WriteDocument<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    // A leaked key is replaced immediately.
    private static readonly TimeSpan? s_lifetime =
        typeof(TContext) == typeof(ApplyJsonWebKeySetResponseContext) ? TimeSpan.FromMinutes(1) : null;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<TContext>()
            .UseSingletonHandler<WriteDocument<TContext>>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ProcessJsonResponse<TContext>.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(TContext context)
    {
        if (
            context.Transaction.Response is not { Error: null or "" } document
            || context.Transaction.GetHttpRequest()?.HttpContext is not { } http
        )
        {
            return;
        }

        using var stream = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(stream))
        {
            document.WriteTo(writer);
        }

        await PublicDocument.Serve(http.Response, stream.ToArray(), s_lifetime).ExecuteAsync(http);
        context.HandleRequest();
    }
}
