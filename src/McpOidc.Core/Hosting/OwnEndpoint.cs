using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Hosting;

/// <summary>
/// What an endpoint of McpOidc is, those that OpenIddict answers included. Middleware acts on this metadata and on nothing else, so that it
/// leaves the application's own endpoints alone.
/// </summary>
internal sealed record OwnEndpoint
{
    /// <summary>What it is called by, which says how plain http is answered.</summary>
    public Caller Caller { get; init; }

    /// <summary>Whether scripts of any web page may read its answers, without credentials.</summary>
    public bool IsOpenToOrigins { get; init; }

    /// <summary>Whether its answers say something of a token, a client or a person, and are stored nowhere on their way.</summary>
    public bool IsConfidential { get; init; }

    /// <summary>Whether a body that is a form is one of OAuth.</summary>
    public bool TakesForms { get; init; } = true;

    /// <summary>Whether being refused here counts against the limit of an address. Where OpenIddict answers, its handlers count.</summary>
    public bool CountsFailures { get; init; }

    /// <summary>Whether what a request is about is read before OpenIddict asks for it piece by piece.</summary>
    public bool IsReadAhead { get; init; }

    /// <summary>Whether it belongs to the authorization server, which answers below its issuer's path and nowhere else.</summary>
    public bool IsBelowIssuer { get; init; } = true;
}

/// <summary>What calls an endpoint.</summary>
internal enum Caller
{
    /// <summary>Anything: what it says is public, or comes from inside the operator's network.</summary>
    Anything,

    /// <summary>A person's browser.</summary>
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
        endpoint.Metadata.GetMetadata<OwnEndpoint>() is not null || endpoint.Metadata.GetMetadata<IProtectedEndpoint>() is not null;

    /// <summary>
    /// Says what endpoints are. They ask for a person or a token themselves, so the application's fallback policy does not apply to them.
    /// </summary>
    public static TBuilder As<TBuilder>(this TBuilder builder, OwnEndpoint own)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            endpoint.Metadata.Add(own);
            endpoint.Metadata.Add(new AllowAnonymousAttribute());
        });
        return builder;
    }

    /// <summary>
    /// Takes preflights to a path whose endpoints name their methods: routing would answer 405 by an endpoint without metadata.
    /// </summary>
    public static IEndpointConventionBuilder MapPreflight(this IEndpointRouteBuilder endpoints, string pattern, OwnEndpoint own) =>
        endpoints.MapMethods(pattern, [HttpMethods.Options], RefuseMethod).As(own);

    /// <summary>Where the pipeline answers before the endpoint, or nothing is to be found.</summary>
    public static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    // CrossOrigin has answered what is a preflight.
    private static Task RefuseMethod(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    }
}
