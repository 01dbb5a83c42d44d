using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>
/// <c>client_assertion_type</c> describes an assertion (RFC 7521 §4.2). Without an assertion it is meaningless: clients send it because of
/// their settings, however they authenticate, and OpenIddict would reject them.
/// </summary>
internal sealed class IgnoreLoneAssertionType : IOpenIddictServerHandler<ProcessRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessRequestContext>()
            .UseSingletonHandler<IgnoreLoneAssertionType>()
            // After a request is read, at any endpoint, and before it is validated.
            .SetOrder(Exchange.ExtractTokenRequest.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.Transaction.Request is { } request && string.IsNullOrEmpty(request.ClientAssertion))
        {
            request.ClientAssertionType = null;
        }

        return default;
    }
}
