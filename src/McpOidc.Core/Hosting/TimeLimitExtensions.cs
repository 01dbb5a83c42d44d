using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

internal static class TimeLimitExtensions
{
    /// <summary>Limits the duration of a request, around whatever the host adds to every HTTP client.</summary>
    public static IHttpClientBuilder LimitTime(this IHttpClientBuilder builder, Func<IServiceProvider, TimeSpan> limit) =>
        builder
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigureAdditionalHttpMessageHandlers((handlers, services) => handlers.Insert(0, new TimeLimitHandler(limit(services))));
}
