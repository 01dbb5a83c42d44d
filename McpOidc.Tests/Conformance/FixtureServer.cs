using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;

namespace McpOidc.Tests.Conformance;

/// <summary>The MCP server under test: all fixtures of the suite, for the old lifecycle with sessions or the new one without.</summary>
internal static class FixtureServer
{
    public static void Add(IServiceCollection services, bool stateless)
    {
        services.AddDistributedMemoryCache();
        var server = services
            .AddMcpServer()
            .WithHttpTransport(transport => transport.Stateless = stateless)
            .WithDistributedCacheEventStreamStore()
            .WithTools<FixtureTools>()
            .WithTools<FixtureElicitation>()
            .WithTools<FixtureInputRequired>()
            .WithTools([FixtureTools.WithSchema()])
            .WithPrompts<FixturePrompts>()
            .WithResources<FixtureResources>()
            .WithCompleteHandler(
                (_, _) =>
                    new(
                        new CompleteResult
                        {
                            Completion = new Completion
                            {
                                Values = [],
                                Total = 0,
                                HasMore = false,
                            },
                        }
                    )
            )
            .WithRequestFilters(AddFilters);
        if (!stateless)
        {
            server
                .WithSubscribeToResourcesHandler((_, _) => new(new EmptyResult()))
                .WithUnsubscribeFromResourcesHandler((_, _) => new(new EmptyResult()));
            server.WithSetLoggingLevelHandler((_, _) => new(new EmptyResult()));
        }
    }

    private static void AddFilters(IMcpRequestFilterBuilder filters)
    {
        filters.AddCallToolFilter(next =>
            async (request, cancellationToken) =>
            {
                var result = await next(request, cancellationToken);
                if (request.Params?.Name == "test_reconnection")
                {
                    // Closes the stream: the client must reconnect for the result.
                    await request.EnablePollingAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
                }

                return result;
            }
        );
        // Responses that depend on the caller must not be cached for others.
        filters.AddListToolsFilter(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken)));
        filters.AddListPromptsFilter(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken)));
        filters.AddListResourcesFilter(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken)));
        filters.AddListResourceTemplatesFilter(next =>
            async (request, cancellationToken) => Cacheable(await next(request, cancellationToken))
        );
        filters.AddReadResourceFilter(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken)));
    }

    private static TResult Cacheable<TResult>(TResult result)
        where TResult : ICacheableResult
    {
        (result.TimeToLive, result.CacheScope) = (TimeSpan.FromMinutes(1), CacheScope.Private);
        return result;
    }
}
