using McpOidc.Audit;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.Revocation;

/// <summary>
/// Revoking any token ends its grant (RFC 7009 §2.1 allows this for access tokens): a client that signs out leaves nothing behind,
/// whichever of its tokens it sends. Replaces OpenIddict's handler, which would leave the other tokens valid.
/// </summary>
internal sealed class EndSessionOnRevocation(Grants grants, AuditLog audit) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleRevocationRequestContext>()
            .UseSingletonHandler<EndSessionOnRevocation>()
            .SetOrder(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order)
            .Build();

    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        if (context.GenericTokenPrincipal.GetAuthorizationId() is { Length: > 0 } grantId)
        {
            if (await grants.RevokeAsync(grantId, context.CancellationToken) && context.Transaction.CurrentGrant() is { } grant)
            {
                audit.GrantRevoked(grant, "client");
            }
        }
    }
}
