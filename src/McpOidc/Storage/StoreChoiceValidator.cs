using McpOidc.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Storage;

/// <summary>Outside Development the store must be chosen: a default file would be lost with the container.</summary>
internal sealed class StoreChoiceValidator(IConfiguration configuration, IServiceProvider services, IHostEnvironment environment)
    : IValidateOptions<SqliteStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, SqliteStoreOptions options) =>
        environment.IsDevelopment()
        || !string.IsNullOrEmpty(options.Path)
        || services.GetService<ExplicitStore>() is not null
        || !string.IsNullOrEmpty(configuration.GetConnectionString("redis"))
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                SettingProblem.Describe(
                    "ConnectionStrings:redis",
                    "is missing, and no other store is configured",
                    "Set it to your Redis, or McpOidc:Sqlite:Path (McpOidc__Sqlite__Path) to a file that outlives the process."
                )
            );
}
