using Microsoft.Extensions.DependencyInjection;

namespace McpOidc;

/// <summary>What <c>AddMcpOidc()</c> returns: choose the roles of this process and replace parts.</summary>
public sealed class McpOidcBuilder
{
    internal McpOidcBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }
}
