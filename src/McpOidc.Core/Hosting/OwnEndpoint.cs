using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Hosting;

/// <summary>
/// Metadata of a McpOidc endpoint, including those that OpenIddict answers. Middleware acts only on this metadata, so that it leaves the
/// application's own endpoints alone.
/// </summary>
internal sealed record OwnEndpoint
{
    /// <summary>Who calls it, which decides how plain http is answered.</summary>
    public Caller Caller { get; init; }

    /// <summary>Whether scripts from any origin may read its responses, without credentials.</summary>
    public bool IsOpenToOrigins { get; init; }

    /// <summary>Whether its responses concern a token, client or user and must not be cached.</summary>
    public bool IsConfidential { get; init; }

    /// <summary>Whether its form bodies are OAuth requests.</summary>
    public bool TakesForms { get; init; } = true;

    /// <summary>Whether the records a request needs are read before OpenIddict asks for them one by one.</summary>
    public bool IsReadAhead { get; init; }

    /// <summary>Whether it belongs to the authorization server, which answers only below its issuer's path.</summary>
    public bool IsBelowIssuer { get; init; } = true;

    /// <summary>Whether a window that opened its page loses access to it. A client that signs users in with a popup waits there for the
    /// response.</summary>
    public bool CutsOpener { get; init; }
}

/// <summary>The kind of caller of an endpoint.</summary>
internal enum Caller
{
    /// <summary>Anyone: its content is public, or it is called from inside the operator's network.</summary>
    Anything,

    /// <summary>A user's browser.</summary>
    Browser,

    /// <summary>A program.</summary>
    Program,
}

internal static class OwnEndpointExtensions
{
    /// <summary>Whether a request is for an endpoint of McpOidc, or for one of the application that McpOidc protects.</summary>
    public static bool IsOurs(HttpContext context) => context.GetEndpoint() is { } endpoint && endpoint.IsOurs();

    /// <summary>Whether a request is for an endpoint of McpOidc itself.</summary>
    public static bool IsOwn(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is not null;

    /// <inheritdoc cref="IsOurs(HttpContext)"/>
    public static bool IsOurs(this Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<OwnEndpoint>() is not null
        || endpoint.Metadata.GetOrderedMetadata<IProtectedEndpoint>() is { Count: > 0 } protections
            && (!endpoint.IsAnonymous() || protections.Any(one => one.IsStrict));

    /// <summary>Whether the application opens the endpoint to everyone.</summary>
    public static bool IsAnonymous(this Endpoint endpoint) => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    /// <summary>
    /// Adds metadata to endpoints. They authenticate users or tokens themselves, so the application's fallback policy does not apply.
    /// Endpoints that accept GET also accept HEAD (RFC 9110 §9.3.2).
    /// </summary>
    public static TBuilder As<TBuilder>(this TBuilder builder, OwnEndpoint own)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            endpoint.Metadata.Add(own);
            endpoint.Metadata.Add(new AllowAnonymousAttribute());
            AddHead(endpoint.Metadata);
        });
        return builder;
    }

    /// <summary>
    /// Handles the methods that no endpoint at a path accepts. Routing would answer 405 from an endpoint without metadata, which other
    /// origins cannot read, and would handle preflights the same way.
    /// </summary>
    public static IEndpointConventionBuilder MapOtherMethods(this IEndpointRouteBuilder endpoints, string pattern, OwnEndpoint own) =>
        endpoints.Map(pattern, MethodMiddleware.RefuseAsync).As(own).WithMetadata(new MethodMiddleware.Refused());

    /// <summary>For paths where the pipeline answers before the endpoint, or nothing exists.</summary>
    public static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static void AddHead(IList<object> metadata)
    {
        for (var i = 0; i < metadata.Count; i++)
        {
            if (metadata[i] is IHttpMethodMetadata { HttpMethods: var methods } && methods.Contains(HttpMethods.Get))
            {
                metadata[i] = new HttpMethodMetadata(methods.Append(HttpMethods.Head).Distinct());
            }
        }
    }
}
