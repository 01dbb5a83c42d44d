using McpOidc;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Selects the store by the settings.</summary>
public static class StoreBuilderExtensions
{
    /// <summary>
    /// Uses Redis if <c>ConnectionStrings:redis</c> is set, and otherwise a SQLite file, which must be set outside Development by
    /// <c>McpOidc:Sqlite:Path</c>. <c>AddAuthorizationServer()</c> calls this unless another store was chosen.
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
