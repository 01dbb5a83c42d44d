using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Hosting;

/// <summary>
/// Calls OpenIddict's handlers and ours in their order, as OpenIddict's own dispatcher does. That one looks through all of some 400
/// handlers at every of the forty events of a token request; this one knows which belong to an event
/// (docs/decisions/0026-handler-dispatcher.md).
/// </summary>
internal sealed class HandlerDispatcher(IOptionsMonitor<OpenIddictServerOptions> options, IServiceProvider services)
    : IOpenIddictServerDispatcher
{
    // The options are made anew when keys change; what is known of the old ones goes with them.
    private static readonly ConditionalWeakTable<
        OpenIddictServerOptions,
        ConcurrentDictionary<Type, OpenIddictServerHandlerDescriptor[]>
    > s_known = [];

    public async ValueTask DispatchAsync<TContext>(TContext context)
        where TContext : BaseContext
    {
        foreach (var descriptor in HandlersOf(typeof(TContext)))
        {
            if (!await IsActiveAsync(descriptor, context))
            {
                continue;
            }

            await Find<TContext>(descriptor).HandleAsync(context);
            if (
                context
                is BaseRequestContext { IsRequestHandled: true }
                    or BaseRequestContext { IsRequestSkipped: true }
                    or BaseValidatingContext { IsRejected: true }
            )
            {
                return;
            }
        }
    }

    private OpenIddictServerHandlerDescriptor[] HandlersOf(Type context)
    {
        var current = options.CurrentValue;
        return s_known
            .GetValue(current, _ => new())
            .GetOrAdd(
                context,
                static (type, handlers) => [.. handlers.Where(descriptor => descriptor.ContextType == type)],
                current.Handlers
            );
    }

    private async ValueTask<bool> IsActiveAsync<TContext>(OpenIddictServerHandlerDescriptor descriptor, TContext context)
        where TContext : BaseContext
    {
        foreach (var type in descriptor.FilterTypes)
        {
            if (!await ((IOpenIddictServerHandlerFilter<TContext>)services.GetRequiredService(type)).IsActiveAsync(context))
            {
                return false;
            }
        }

        return true;
    }

    private IOpenIddictServerHandler<TContext> Find<TContext>(OpenIddictServerHandlerDescriptor descriptor)
        where TContext : BaseContext =>
        (IOpenIddictServerHandler<TContext>)(
            descriptor.ServiceDescriptor.ImplementationInstance ?? services.GetRequiredService(descriptor.ServiceDescriptor.ServiceType)
        );
}
