using McpOidc;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Redis as the store.</summary>
public static class RedisBuilderExtensions
{
    /// <summary>
    /// Uses Redis, or a compatible server, standalone or as a cluster, as the store. Without a connection string, an
    /// <see cref="IConnectionMultiplexer"/> registered by the application is used. Settings: section <c>McpOidc:Redis</c>.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionString">The StackExchange.Redis connection string. Default: <c>ConnectionStrings:redis</c>.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseRedis(this McpOidcBuilder builder, string? connectionString = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddOptions(builder.Services);
        return builder.UseStore(services => Create(services, connectionString));
    }

    internal static void AddOptions(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(RedisCommandsHostedService)))
        {
            return;
        }

        services.AddOptions<RedisStoreOptions>().BindSettings(RedisStoreOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisStoreOptions>, RedisStoreOptionsValidator>());
        services.AddSingleton<RedisCommandsHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisCommandsHostedService>());
        services.AddHostedService<RedisEvictionHostedService>();
        services.AddHostedService<RedisArrivalHostedService>();
        services
            .AddHealthChecks()
            .Add(
                new HealthCheckRegistration(
                    RedisCommandsHostedService.Name,
                    provider => provider.GetRequiredService<RedisCommandsHostedService>(),
                    failureStatus: null,
                    tags: ["ready"]
                )
            );
    }

    internal static RedisStore Create(IServiceProvider services, string? connectionString) =>
        ActivatorUtilities.CreateInstance<RedisStore>(
            services,
            connectionString is null
                ? services.GetService<IConnectionMultiplexer>() ?? RedisConnection.Open(services)
                : RedisConnection.Open(connectionString)
        );
}
