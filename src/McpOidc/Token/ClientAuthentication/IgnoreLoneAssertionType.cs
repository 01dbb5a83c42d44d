using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>
/// <c>client_assertion_type</c> says of what kind an assertion is (RFC 7521 §4.2). Without one it says nothing: clients send it from their
/// settings whatever they prove themselves by, and OpenIddict would refuse them.
/// </summary>
internal sealed class IgnoreLoneAssertionType : IOpenIddictServerHandler<ProcessRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessRequestContext>()
            .UseSingletonHandler<IgnoreLoneAssertionType>()
            // Between reading a request, at whatever endpoint, and judging it.
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
