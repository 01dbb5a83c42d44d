using McpOidc.Storage.OpenIddict;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Stores the payload of a pushed request and issues a reference instead, replacing OpenIddict's <see cref="AttachTokenPayload"/>:
/// ours starts with the id of the record, so that it is found by its key without an index.
/// </summary>
internal sealed class AttachReferenceToken(IOpenIddictTokenManager tokens) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<GenerateTokenContext>()
            .AddFilter<RequireDegradedModeDisabled>()
            .AddFilter<RequireTokenStorageEnabled>()
            .AddFilter<RequireTokenPayloadPersisted>()
            .UseScopedHandler<AttachReferenceToken>()
            .SetOrder(AttachTokenPayload.Descriptor.Order)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        var id = context.Principal.GetTokenId() ?? throw new InvalidOperationException("The token has no entry for its payload.");
        var token =
            await tokens.FindByIdAsync(id, context.CancellationToken)
            ?? throw new InvalidOperationException("The token's entry was created in this request but no longer exists.");
        var descriptor = new OpenIddictTokenDescriptor();
        await tokens.PopulateAsync(descriptor, token, context.CancellationToken);
        descriptor.Payload = context.Token;
        descriptor.Principal = context.Principal;
        descriptor.ReferenceId = context.IsReferenceToken ? TokenReference.New(id) : descriptor.ReferenceId;
        await tokens.UpdateAsync(token, descriptor, context.CancellationToken);
        context.Token = context.IsReferenceToken ? descriptor.ReferenceId : context.Token;
    }
}
