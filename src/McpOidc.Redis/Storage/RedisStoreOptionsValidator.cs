using McpOidc.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Storage;

/// <summary>A prefix with braces would put a whole cluster's records on one node, or hide which records belong together.</summary>
internal sealed class RedisStoreOptionsValidator(IConfiguration configuration) : IValidateOptions<RedisStoreOptions>
{
    private const int MostReplicas = 5;

    public ValidateOptionsResult Validate(string? name, RedisStoreOptions options) =>
        options.KeyPrefix.AsSpan().ContainsAny('{', '}')
            ? Fail(nameof(RedisStoreOptions.KeyPrefix), "contains a brace, which chooses the slot of a cluster", "Leave the braces out.")
        : options.WaitForReplicas is < 0 or > MostReplicas
            ? Fail(
                nameof(RedisStoreOptions.WaitForReplicas),
                $"is {options.WaitForReplicas}",
                $"Set it to 0 to {MostReplicas}: how many replicas have to hold a write before it counts."
            )
        : configuration.GetConnectionString("redis") is { Length: > 0 } connection && RedisConnection.TryParse(connection) is null
            ? ValidateOptionsResult.Fail(RedisConnection.Unreadable)
        : ValidateOptionsResult.Success;

    private static ValidateOptionsResult Fail(string setting, string problem, string remedy) =>
        ValidateOptionsResult.Fail(SettingProblem.Describe($"{RedisStoreOptions.Section}:{setting}", problem, remedy));
}
