using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>The roles of this process.</summary>
internal static class Roles
{
    /// <summary>The roles, the resource server first.</summary>
    public static IReadOnlyList<Role> Of(IServiceProvider services) => [.. services.GetServices<Role>().OrderBy(role => role.IssuesTokens)];

    /// <summary>Whether this process is the authorization server, alone or together with a resource server.</summary>
    public static bool IsAuthorizationServer(IServiceProvider services) => services.GetServices<Role>().Any(role => role.IssuesTokens);

    /// <exception cref="InvalidOperationException">There is no role; the message names the missing call.</exception>
    public static IReadOnlyList<Role> Require(IServiceProvider services, string caller) =>
        Of(services) is { Count: > 0 } roles
            ? roles
            : throw new StartException(
                $"{caller}() requires services.AddMcpOidc().AddAuthorizationServer() or services.AddMcpOidc().AddResourceServer()."
            );
}
