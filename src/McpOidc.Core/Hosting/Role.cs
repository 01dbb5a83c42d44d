using McpOidc.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Hosting;

/// <summary>
/// The role of this process: authorization server, resource server, or both. <c>UseMcpOidc()</c> asks each role for its middleware at each
/// point of the pipeline, and <c>MapMcpOidc()</c> for its endpoints.
/// </summary>
internal abstract class Role
{
    /// <summary>Whether this is the authorization server.</summary>
    public virtual bool IssuesTokens => false;

    /// <summary>The path below which the application answers; set before routing.</summary>
    public virtual void UsePathBase(IApplicationBuilder app) { }

    /// <summary>After routing, once the endpoint is known.</summary>
    public virtual void UseMatched(IApplicationBuilder app) { }

    /// <summary>Limits on what a request may cost, before authentication.</summary>
    public virtual void UseLimits(IApplicationBuilder app) { }

    /// <summary>Between authentication and authorization.</summary>
    public virtual void UseAuthenticated(IApplicationBuilder app) { }

    /// <summary>After authorization, before the endpoint.</summary>
    public virtual void UseAuthorized(IApplicationBuilder app) { }

    /// <summary>Maps the endpoints.</summary>
    public abstract void Map(IEndpointRouteBuilder endpoints);

    /// <summary>The URLs of this role, whose hosts the process serves.</summary>
    public abstract IEnumerable<string?> Urls { get; }

    /// <summary>Whether this role handles a request that matches none of our endpoints.</summary>
    public virtual bool Owns(HttpRequest request) => false;

    /// <summary>The origin of the MCP endpoint that a request is for, whose scripts may call it.</summary>
    /// <returns><see langword="null"/> if the request is not for an MCP endpoint of this role.</returns>
    public virtual string? OriginOf(HttpContext context) => null;

    /// <summary>Checks the application's endpoints at start, those that McpOidc protects and others.</summary>
    /// <exception cref="InvalidOperationException">An endpoint cannot work; the message names the remedy.</exception>
    public virtual void Check(IEnumerable<Endpoint> endpoints) { }

    /// <summary>Initializes each counter of this role to zero, so that its first event is an increase.</summary>
    /// <param name="metrics">The counters.</param>
    /// <param name="services">The services; not a constructor parameter, because roles are created before settings are checked.</param>
    public virtual void StartCounters(Metrics metrics, IServiceProvider services) { }
}
