using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// Finds the resource that a client asks for (RFC 8707 §2.1): one of the configured ones, in whatever form the client writes it. Without
/// the parameter it is the only configured one.
/// </summary>
internal sealed class ResourceIndicator(IOptions<McpOidcOptions> options) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    private const string Property = "McpOidc.Resource";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<ResourceIndicator>()
        // Before OpenIddict looks at the form of the URI, which it would call invalid_request.
        .SetOrder(OpenIddictServerHandlers.Authentication.ValidateResourceParameter.Descriptor.Order - 500)
        .Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var requested = context.Request.GetResources();
        var known = options.Value.Resources;
        switch (requested.Length)
        {
            case 0 when known.Count == 1:
                context.Transaction.SetProperty(Property, new RequestedResource(known[0], known[0].Uri));
                break;
            case 0:
                context.Reject(Errors.InvalidTarget, "The resource parameter is required: this server issues tokens for several resources.");
                break;
            case 1 when known.FirstOrDefault(resource => CanonicalResource.AreSame(resource.Uri, requested[0])) is { } resource:
                context.Transaction.SetProperty(Property, new RequestedResource(resource, requested[0]));
                break;
            case 1:
                context.Reject(Errors.InvalidTarget, "This server issues no tokens for the requested resource.");
                break;
            default:
                context.Reject(Errors.InvalidTarget, "One resource can be asked for at a time.");
                break;
        }

        return default;
    }

    public static RequestedResource Of(OpenIddictServerTransaction transaction)
        => transaction.GetProperty<RequestedResource>(Property) ?? throw new InvalidOperationException("The resource of the request was not determined.");
}

/// <summary>The resource of a request.</summary>
/// <param name="Options">Which of the configured ones.</param>
/// <param name="AskedAs">The form that the client used; tokens carry it as <c>aud</c>.</param>
internal sealed record RequestedResource(ResourceOptions Options, string AskedAs)
{
    public string Name => Options.Name ?? new Uri(Options.Uri).Host;
}
