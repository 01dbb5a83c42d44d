using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Hosting;

/// <summary>
/// Calls OpenIddict's handlers and ours in their order, like OpenIddict's own dispatcher. That one searches about 400 handlers at each of
/// the forty events of a token request, and asks the container for each handler and filter; this one knows which belong to an event, and
/// keeps the singletons (docs/decisions/0026-handler-dispatcher.md).
/// </summary>
internal sealed class HandlerDispatcher(
    IOptionsMonitor<OpenIddictServerOptions> options,
    IServiceProvider services,
    SingletonServices singletons
) : IOpenIddictServerDispatcher
{
    // The options are recreated when keys change; the cached handlers are dropped with them.
    private static readonly ConditionalWeakTable<OpenIddictServerOptions, ConcurrentDictionary<Type, Step[]>> s_known = [];

    public async ValueTask DispatchAsync<TContext>(TContext context)
        where TContext : BaseContext
    {
        foreach (var step in StepsOf(typeof(TContext)))
        {
            var isActive = true;
            for (var next = 0; isActive && next < step.Filters.Length; next++)
            {
                isActive = await ((IOpenIddictServerHandlerFilter<TContext>)step.Filters[next].Get(services)).IsActiveAsync(context);
            }

            if (!isActive)
            {
                continue;
            }

            await ((IOpenIddictServerHandler<TContext>)step.Handler.Get(services)).HandleAsync(context);
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

    private Step[] StepsOf(Type context)
    {
        var current = options.CurrentValue;
        return s_known
            .GetValue(current, _ => new())
            .GetOrAdd(
                context,
                static (type, known) =>
                    [
                        .. known
                            .current.Handlers.Where(descriptor => descriptor.ContextType == type)
                            .Select(descriptor => new Step(descriptor, known.singletons)),
                    ],
                (current, singletons)
            );
    }

    private sealed class Step(OpenIddictServerHandlerDescriptor descriptor, SingletonServices singletons)
    {
        public SingletonServices.Service Handler { get; } =
            singletons.Of(descriptor.ServiceDescriptor.ServiceType, descriptor.ServiceDescriptor.ImplementationInstance);
        public SingletonServices.Service[] Filters { get; } = [.. descriptor.FilterTypes.Select(type => singletons.Of(type))];
    }
}
