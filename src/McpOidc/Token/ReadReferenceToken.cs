using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Finds the record of a reference token, by OpenIddict's <see cref="ValidateReferenceTokenIdentifier"/>, unless a handler has read the
/// token before. Our refresh tokens look like references and have no record: each refresh took a round trip to find none.
/// </summary>
internal sealed class ReadReferenceToken(IOpenIddictTokenManager tokens) : IOpenIddictServerHandler<ValidateTokenContext>
{
    private readonly ValidateReferenceTokenIdentifier _read = new(tokens);

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .AddFilter<RequireDegradedModeDisabled>()
            .AddFilter<RequireTokenStorageEnabled>()
            .UseScopedHandler<ReadReferenceToken>()
            .SetOrder(ValidateReferenceTokenIdentifier.Descriptor.Order)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public ValueTask HandleAsync(ValidateTokenContext context) => context.Principal is null ? _read.HandleAsync(context) : default;
}
