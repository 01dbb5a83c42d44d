using Microsoft.Extensions.Configuration;

namespace McpOidc.AppHost;

/// <summary>What this machine can run. Without an engine, a resource that waits for a container waits indefinitely, and Aspire logs
/// nothing.</summary>
internal sealed class Machine(IConfiguration configuration)
{
    private readonly ContainerEngine _engine = new(configuration);

    /// <summary>Why Redis cannot run in this way; <see langword="null"/> if it can.</summary>
    public async Task<string?> WhyNotAsync(RedisKind kind) =>
        kind switch
        {
            RedisKind.Container => await _engine.WhyNotAsync(SharedRedis.Image),
            RedisKind.Executable => IsOnPath("redis-server") ? null : "redis-server is not in PATH",
            _ => null,
        };

    /// <summary>Why users cannot sign in there; <see langword="null"/> if they can.</summary>
    public async Task<string?> WhyNotAsync(IdentityProviderKind kind) =>
        kind is IdentityProviderKind.Keycloak ? await _engine.WhyNotAsync(KeycloakResource.Image) : null;

    private static bool IsOnPath(string program)
    {
        var name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, name)));
    }
}
