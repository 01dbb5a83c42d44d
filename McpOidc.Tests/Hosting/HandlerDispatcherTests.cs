using CsCheck;
using McpOidc.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Tests.Hosting;

/// <summary>Our dispatcher against OpenIddict's own (docs/decisions/0026-handler-dispatcher.md).</summary>
public sealed class HandlerDispatcherTests
{
    private enum Does
    {
        Nothing,
        Handle,
        Skip,
        Reject,
    }

    [Fact]
    public void Handlers_are_called_exactly_as_by_OpenIddict_regardless_of_what_they_do() =>
        Gen.Select(Gen.Int[0, 20], Gen.Bool, Gen.Int[0, 9], Gen.Bool)
            .Array[1, 30]
            .Sample(
                handlers =>
                {
                    var described = handlers
                        .Select(
                            (handler, number) =>
                                (
                                    Number: number,
                                    Order: handler.Item1,
                                    IsFiltered: handler.Item2,
                                    // Most do nothing: a handler that ends the request would hide all later ones.
                                    Does: handler.Item3 < 4 && handler.Item4 ? (Does)handler.Item3 : Does.Nothing
                                )
                        )
                        .ToList();
                    Assert.Equal(Run(described, isOwn: false), Run(described, isOwn: true));
                },
                iter: 300
            );

    [Fact]
    public async Task A_scoped_handler_and_a_scoped_filter_are_those_of_the_request()
    {
        var registered = new ServiceCollection().AddScoped<Scoped>().AddScoped<Open>().AddSingleton<Counted>();
        await using var services = registered.BuildServiceProvider();
        var options = new OpenIddictServerOptions();
        options.Handlers.Clear();
        options.Handlers.Add(
            OpenIddictServerHandlerDescriptor
                .CreateBuilder<ProcessRequestContext>()
                .UseScopedHandler<Scoped>()
                .AddFilter<Open>()
                .SetOrder(0)
                .Build()
        );
        for (var request = 1; request <= 2; request++)
        {
            await using var scope = services.CreateAsyncScope();
            var dispatcher = new HandlerDispatcher(new Fixed(options), scope.ServiceProvider, new SingletonServices(registered));
            var transaction = new OpenIddictServerTransaction { Options = options, Logger = NullLogger.Instance };
            await dispatcher.DispatchAsync(new ProcessRequestContext(transaction));
            await dispatcher.DispatchAsync(new ProcessRequestContext(transaction));

            var counted = services.GetRequiredService<Counted>();
            Assert.Equal((request, request), (counted.Handlers, counted.Filters));
        }
    }

    private static List<int> Run(IReadOnlyList<(int Number, int Order, bool IsFiltered, Does Does)> handlers, bool isOwn)
    {
        List<int> called = [];
        var options = new OpenIddictServerOptions();
        options.Handlers.Clear();
        foreach (var handler in handlers)
        {
            options.Handlers.Add(Describe(handler, called));
        }

        // As OpenIddict's own configuration does before the first request.
        var ordered = options.Handlers.OrderBy(descriptor => descriptor.Order).ToList();
        options.Handlers.Clear();
        options.Handlers.AddRange(ordered);
        var registered = new ServiceCollection().AddSingleton<Closed>();
        using var services = registered.BuildServiceProvider();
        var monitor = new Fixed(options);
        IOpenIddictServerDispatcher dispatcher = isOwn
            ? new HandlerDispatcher(monitor, services, new SingletonServices(registered))
            : new OpenIddictServerDispatcher(NullLogger<OpenIddictServerDispatcher>.Instance, monitor, services);
        var transaction = new OpenIddictServerTransaction { Options = options, Logger = NullLogger.Instance };
        var done = dispatcher.DispatchAsync(new ProcessRequestContext(transaction));
        Assert.True(done.IsCompletedSuccessfully, $"{done.AsTask().Exception}");
        return called;
    }

    private static OpenIddictServerHandlerDescriptor Describe((int Number, int Order, bool IsFiltered, Does Does) handler, List<int> called)
    {
        var builder = OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessRequestContext>()
            .UseInlineHandler(context =>
            {
                called.Add(handler.Number);
                switch (handler.Does)
                {
                    case Does.Handle:
                        context.HandleRequest();
                        break;
                    case Does.Skip:
                        context.SkipRequest();
                        break;
                    case Does.Reject:
                        context.Reject("invalid_request");
                        break;
                }

                return default;
            })
            .SetOrder(handler.Order);
        return (handler.IsFiltered && handler.Number % 2 == 0 ? builder.AddFilter<Closed>() : builder).Build();
    }

    private sealed class Closed : IOpenIddictServerHandlerFilter<ProcessRequestContext>
    {
        public ValueTask<bool> IsActiveAsync(ProcessRequestContext context) => new(false);
    }

    /// <summary>The number of handlers and filters created.</summary>
    private sealed class Counted
    {
        public int Handlers { get; set; }

        public int Filters { get; set; }
    }

    private sealed class Scoped : IOpenIddictServerHandler<ProcessRequestContext>
    {
        public Scoped(Counted counted) => counted.Handlers++;

        public ValueTask HandleAsync(ProcessRequestContext context) => default;
    }

    private sealed class Open : IOpenIddictServerHandlerFilter<ProcessRequestContext>
    {
        public Open(Counted counted) => counted.Filters++;

        public ValueTask<bool> IsActiveAsync(ProcessRequestContext context) => new(true);
    }

    private sealed class Fixed(OpenIddictServerOptions options) : IOptionsMonitor<OpenIddictServerOptions>
    {
        public OpenIddictServerOptions CurrentValue => options;

        public OpenIddictServerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<OpenIddictServerOptions, string?> listener) => null;
    }
}
