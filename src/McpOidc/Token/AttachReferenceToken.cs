using McpOidc.Keys;
using McpOidc.Storage.OpenIddict;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Stores the payload of a code or pushed request and issues a reference instead, replacing OpenIddict's <see cref="AttachTokenPayload"/>:
/// ours starts with the id of the record, so that it is found by its key without an index.
/// </summary>
internal sealed class AttachReferenceToken(IOpenIddictTokenManager tokens, IRootKeys keys) : IOpenIddictServerHandler<GenerateTokenContext>
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
        var issued = IsCode(context) ? NewGrant.Of(context.Transaction.GetHttpRequest()?.HttpContext) : null;
        if (issued is { KnownCode: { } known })
        {
            context.Token = known;
            return;
        }

        var id = context.Principal.GetTokenId() ?? throw new InvalidOperationException("The token has no entry for its payload.");
        var token =
            await tokens.FindByIdAsync(id, context.CancellationToken)
            ?? throw new InvalidOperationException("The token's entry was created in this request but no longer exists.");
        var descriptor = new OpenIddictTokenDescriptor();
        await tokens.PopulateAsync(descriptor, token, context.CancellationToken);
        descriptor.Payload = context.Token;
        descriptor.Principal = context.Principal;
        descriptor.ReferenceId = context.IsReferenceToken ? await NewReferenceAsync(id, context.CancellationToken) : descriptor.ReferenceId;
        issued?.SealCode(descriptor.ReferenceId!);
        await tokens.UpdateAsync(token, descriptor, context.CancellationToken);
        context.Token = issued?.KnownCode ?? (context.IsReferenceToken ? descriptor.ReferenceId : context.Token);
    }

    private static bool IsCode(GenerateTokenContext context) => context.TokenType == TokenTypeIdentifiers.Private.AuthorizationCode;

    private async ValueTask<string> NewReferenceAsync(string id, CancellationToken cancellationToken) =>
        CodeReference.GrantOf(id) is null
            ? TokenReference.New(id)
            : CodeReference.New(id, (await keys.DeriveAsync(KeyPurpose.AuthorizationCodeMac, cancellationToken))[0]);
}
