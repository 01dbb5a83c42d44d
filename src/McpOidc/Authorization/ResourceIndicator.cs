using McpOidc.Configuration;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// Finds the requested resource (RFC 8707 §2.1) among the configured ones, in whatever form the client writes it. Without the parameter it
/// is the only configured one.
/// </summary>
internal sealed class ResourceIndicator(KnownResources resources) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    private const string Property = "McpOidc.Resource";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseSingletonHandler<ResourceIndicator>()
            // Before OpenIddict checks the form of the URI, which it would reject as invalid_request.
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidateResourceParameter.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (RequestedResource.Find(context.Request, resources, out var problem) is { } resource)
        {
            Hold(context.Transaction, resource);
        }
        else
        {
            context.Reject(Errors.InvalidTarget, problem);
        }

        return default;
    }

    public static void Hold(OpenIddictServerTransaction transaction, RequestedResource resource) =>
        transaction.SetProperty(Property, resource);

    public static RequestedResource Of(OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<RequestedResource>(Property)
        ?? throw new InvalidOperationException("The resource of the request was not determined.");
}
