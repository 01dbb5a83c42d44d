using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Hosting;

/// <summary>
/// Calls OpenIddict's handlers and ours in their order, like OpenIddict's own dispatcher. That one searches about 400 handlers at each of
/// the forty events of a token request; this one knows which belong to an event (docs/decisions/0026-handler-dispatcher.md).
/// </summary>
internal sealed class HandlerDispatcher(IOptionsMonitor<OpenIddictServerOptions> options, IServiceProvider services)
    : IOpenIddictServerDispatcher
{
    // The options are recreated when keys change; the cached handlers are dropped with them.
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
