using McpOidc.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Storage;

/// <summary>Outside Development the file must be set: a default file would be lost with the container.</summary>
internal sealed class SqliteStoreOptionsValidator(IHostEnvironment environment) : IValidateOptions<SqliteStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, SqliteStoreOptions options) =>
        environment.IsDevelopment() || !string.IsNullOrEmpty(options.Path)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                SettingProblem.Describe(
                    $"{SqliteStoreOptions.Section}:{nameof(options.Path)}",
                    "is missing",
                    "Set it to a file that outlives the process, or call UseRedis() instead of UseSqlite()."
                )
            );
}
