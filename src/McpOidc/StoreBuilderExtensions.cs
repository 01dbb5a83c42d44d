using McpOidc;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The store that the settings choose.</summary>
public static class StoreBuilderExtensions
{
    /// <summary>
    /// Keeps everything in Redis where <c>ConnectionStrings:redis</c> is set, and otherwise in a SQLite file, which outside Development has
    /// to be named by <c>McpOidc:Sqlite:Path</c>. <c>AddAuthorizationServer()</c> does so unless another store was chosen.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseConfiguredStore(this McpOidcBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(IMcpOidcStore)))
        {
            return builder;
        }

        RedisBuilderExtensions.AddOptions(builder.Services);
        SqliteBuilderExtensions.AddOptions(builder.Services);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteStoreOptions>, StoreChoiceValidator>());
        builder.Services.AddSingleton<IMcpOidcStore>(services => new MeasuredStore(
            Create(services),
            services.GetRequiredService<Metrics>(),
            services.GetRequiredService<StoreWrites>()
        ));
        return builder;
    }

    private static IMcpOidcStore Create(IServiceProvider services) =>
        services.GetRequiredService<IConfiguration>().GetConnectionString("redis") is { Length: > 0 }
            ? RedisBuilderExtensions.Create(services, connectionString: null)
            : SqliteBuilderExtensions.Create(services);
}
