using McpOidc;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A SQLite file as the store.</summary>
public static class SqliteBuilderExtensions
{
    /// <summary>Uses a SQLite file as the store, for processes on one machine. Settings: section <c>McpOidc:Sqlite</c>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="path">The file. Default: <c>McpOidc:Sqlite:Path</c>.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseSqlite(this McpOidcBuilder builder, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddOptions(builder.Services);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteStoreOptions>, SqliteStoreOptionsValidator>());
        builder.Configure<SqliteStoreOptions>(path is null ? null : options => options.Path = path);
        return builder.UseStore(Create);
    }

    internal static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<SqliteStoreOptions>().BindSettings(SqliteStoreOptions.Section).ValidateOnStart();
        services.AddHostedService<SqliteOpeningHostedService>();
    }

    internal static SqliteStore Create(IServiceProvider services) => ActivatorUtilities.CreateInstance<SqliteStore>(services);
}
