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

    /// <summary>Whether a window that opened its page loses it. A client that signs people in by a popup waits for the answer
    /// there.</summary>
    public bool CutsOpener { get; init; }
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
    /// Where they take GET they take HEAD (RFC 9110 §9.3.2).
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
    /// Takes the methods that no endpoint at a path takes: routing would answer 405 by an endpoint without metadata, which no other origin
    /// may read, and preflights with it.
    /// </summary>
    public static IEndpointConventionBuilder MapOtherMethods(this IEndpointRouteBuilder endpoints, string pattern, OwnEndpoint own) =>
        endpoints.Map(pattern, MethodMiddleware.RefuseAsync).As(own).WithMetadata(new MethodMiddleware.Refused());

    /// <summary>Where the pipeline answers before the endpoint, or nothing is to be found.</summary>
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
