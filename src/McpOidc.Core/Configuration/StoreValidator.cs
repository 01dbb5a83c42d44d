using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Names the missing call if no store was chosen.</summary>
internal sealed class StoreValidator(IServiceProviderIsService services) : IValidateOptions<McpOidcOptions>
{
    /// <summary>The message.</summary>
    public const string Missing =
        "McpOidc has no store. Call AddMcpOidc().UseRedis() (package McpOidc.Redis) or AddMcpOidc().UseSqlite() (package McpOidc.Sqlite), "
        + "whichever the authorization server uses.";

    public ValidateOptionsResult Validate(string? name, McpOidcOptions options) =>
        services.IsService(typeof(IMcpOidcStore)) ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(Missing);
}
