using McpOidc.Keys;
using McpOidc.Storage.OpenIddict;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Creates a grant with its authorization code, in one write and without an entry or a JWT of OpenIddict: the grant has what the code
/// stands for, and the client gets a reference to it.
/// </summary>
internal sealed class IssueCode(Grants grants, CodePayload payloads, IRootKeys keys, TimeProvider clock)
    : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<GenerateTokenContext>()
            .UseSingletonHandler<IssueCode>()
            .SetOrder(CreateTokenEntry.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType != TokenTypeIdentifiers.Private.AuthorizationCode)
        {
            return;
        }

        var issued = NewGrant.Of(context.Transaction) ?? throw new InvalidOperationException("A code was created without its grant.");
        context.Token = issued.KnownCode ?? await CreateAsync(issued, context);
    }

    private async ValueTask<string> CreateAsync(NewGrant issued, GenerateTokenContext context)
    {
        var (grant, cancellationToken) = (issued.Grant, context.CancellationToken);
        var key = (await keys.DeriveAsync(KeyPurpose.AuthorizationCodeMac, cancellationToken))[0];
        var code = CodeReference.New(CodeReference.IdOf(grant.Id), key);
        var record = new AuthorizationCodeRecord
        {
            Hash = OpaqueToken.Hash(CodeReference.Read(code)!.Value.Secret),
            Contents = await payloads.ProtectAsync(context.Principal, grant.Id, cancellationToken),
            Sealed = issued.Seal?.Seal(code, grant.Id),
            CreatedAt = context.Principal.GetCreationDate(),
            ExpiresAt = context.Principal.GetExpirationDate()!.Value,
        };
        if (await grants.TryCreateAsync(grant with { Code = record }, cancellationToken))
        {
            return code;
        }

        // Two concurrent requests in one browser: both get the code of the first.
        var given = await grants.FindAsync(grant.Id, cancellationToken);
        await grants.ConfirmAsync(grant.Id, cancellationToken);
        return NewGrant.CodeOf(given?.Value, issued.Seal, clock.GetUtcNow())
            ?? throw new InvalidOperationException("A grant was issued twice, and its code no longer exists.");
    }
}
