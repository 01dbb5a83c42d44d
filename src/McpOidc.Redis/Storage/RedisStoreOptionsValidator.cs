using McpOidc.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Storage;

/// <summary>Rejects a prefix with braces, which would put all records of a cluster on one node, or separate records that belong
/// together.</summary>
internal sealed class RedisStoreOptionsValidator(IConfiguration configuration) : IValidateOptions<RedisStoreOptions>
{
    private const int MostReplicas = 5;

    public ValidateOptionsResult Validate(string? name, RedisStoreOptions options) =>
        options.KeyPrefix.AsSpan().ContainsAny('{', '}')
            ? Fail(nameof(RedisStoreOptions.KeyPrefix), "contains a brace, which would select the cluster slot", "Remove the braces.")
        : options.WaitForReplicas is < 0 or > MostReplicas
            ? Fail(
                nameof(RedisStoreOptions.WaitForReplicas),
                $"is {options.WaitForReplicas}",
                $"Set it to 0 to {MostReplicas}: the number of replicas that must confirm a write."
            )
        : configuration.GetConnectionString("redis") is { Length: > 0 } connection && RedisConnection.TryParse(connection) is null
            ? ValidateOptionsResult.Fail(RedisConnection.Unreadable)
        : ValidateOptionsResult.Success;

    private static ValidateOptionsResult Fail(string setting, string problem, string remedy) =>
        ValidateOptionsResult.Fail(SettingProblem.Describe($"{RedisStoreOptions.Section}:{setting}", problem, remedy));
}
