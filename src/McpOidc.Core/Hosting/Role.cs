using McpOidc.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Hosting;

/// <summary>
/// What this process is: an authorization server, a resource server, or both. <c>UseMcpOidc()</c> asks each role for its middleware, place
/// by place, and <c>MapMcpOidc()</c> for its endpoints.
/// </summary>
internal abstract class Role
{
    /// <summary>Whether this is the authorization server.</summary>
    public virtual bool IssuesTokens => false;

    /// <summary>Below which path the application answers, before anything is matched.</summary>
    public virtual void UsePathBase(IApplicationBuilder app) { }

    /// <summary>Once it is known which endpoint a request is for.</summary>
    public virtual void UseMatched(IApplicationBuilder app) { }

    /// <summary>What a request may cost before anybody is authenticated.</summary>
    public virtual void UseLimits(IApplicationBuilder app) { }

    /// <summary>Between authentication and authorization.</summary>
    public virtual void UseAuthenticated(IApplicationBuilder app) { }

    /// <summary>After authorization, before the endpoint.</summary>
    public virtual void UseAuthorized(IApplicationBuilder app) { }

    /// <summary>Maps the endpoints.</summary>
    public abstract void Map(IEndpointRouteBuilder endpoints);

    /// <summary>The URLs of this role: their hosts are those that the process answers for.</summary>
    public abstract IEnumerable<string?> Urls { get; }

    /// <summary>Whether a request without an endpoint of ours is this role's all the same.</summary>
    public virtual bool Owns(HttpRequest request) => false;

    /// <summary>The origin of the MCP endpoint that a request is for: its scripts may call it.</summary>
    /// <returns><see langword="null"/> where the request is for no MCP endpoint of this role.</returns>
    public virtual string? OriginOf(HttpContext context) => null;

    /// <summary>Looks at the endpoints that the application has mapped and McpOidc protects, at start.</summary>
    /// <exception cref="InvalidOperationException">One of them cannot work; the message names the call that is missing.</exception>
    public virtual void Check(IEnumerable<Endpoint> endpoints) { }

    /// <summary>Has every counter of this role say zero, so that its first event is an increase.</summary>
    /// <param name="metrics">The counters.</param>
    /// <param name="services">The services; not taken by the constructor, since roles are asked for before settings are checked.</param>
    public virtual void StartCounters(Metrics metrics, IServiceProvider services) { }
}
