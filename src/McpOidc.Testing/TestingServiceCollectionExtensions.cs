using McpOidc;
using McpOidc.Configuration;
using McpOidc.Testing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Hosts under test.</summary>
public static class TestingServiceCollectionExtensions
{
    /// <summary>
    /// Protects an MCP server under test with a test authorization server: sets its authority, secret, store and clock. The resource stays
    /// as configured, and must be one of <see cref="TestAuthorizationServer.Resources"/>.
    /// </summary>
    /// <param name="services">The services of the host, after its own registrations: in <c>ConfigureTestServices</c>.</param>
    /// <param name="server">The authorization server.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection UseTestAuthorizationServer(this IServiceCollection services, TestAuthorizationServer server)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(server);
        new McpOidcBuilder(services).UseStore(_ => server.Store);
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(server.Clock));
        services.Configure<McpOidcOptions>(options =>
        {
            options.Authority = server.Issuer;
            options.Secret = server.Secret;
        });
        return services;
    }
}
