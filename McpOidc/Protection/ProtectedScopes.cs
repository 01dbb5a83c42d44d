using McpOidc.Configuration;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>The scopes that this MCP server knows: of the settings, of its endpoints and of its tools. Complete once the application is mapped.</summary>
internal sealed class ProtectedScopes(IOptions<ProtectionOptions> options, ToolScopes tools, IServiceProvider services)
{
    private readonly Lazy<(string[] Base, string[] All)> _scopes = new(() =>
    {
        var endpoints = services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(endpoint => (Route: (endpoint as RouteEndpoint)?.RoutePattern.RawText, endpoint.Metadata.GetMetadata<McpOidcRequirement>()?.Scopes))
            .Where(endpoint => endpoint.Scopes is { Count: > 0 }).ToList();
        var path = new Uri(options.Value.Resource).AbsolutePath.Trim('/');
        var first = options.Value.Scopes.Concat(endpoints.Where(endpoint => endpoint.Route?.Trim('/') == path).SelectMany(endpoint => endpoint.Scopes!));
        string[] @base = [.. (options.Value.AskForAllScopesAtOnce ? first.Concat(tools.All) : first).Distinct(StringComparer.Ordinal)];
        return (@base, [.. @base.Concat(endpoints.SelectMany(endpoint => endpoint.Scopes!)).Concat(tools.All).Distinct(StringComparer.Ordinal)]);
    });

    /// <summary>What a client needs to begin with: least privilege, and the rest when a tool asks for it.</summary>
    public IReadOnlyList<string> Base => _scopes.Value.Base;

    public IReadOnlyList<string> All => _scopes.Value.All;
}
