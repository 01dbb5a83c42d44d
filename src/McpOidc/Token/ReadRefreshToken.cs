using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Reads our refresh tokens, which are not OpenIddict records: their data is in the grant. Runs before OpenIddict looks for a reference
/// token or a JWT.
/// </summary>
internal sealed class ReadRefreshToken(
    RefreshTokenReader reader,
    RefreshTokenFamilies families,
    RefreshReplay replay,
    LostRotation lost,
    Grants grants
) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public const string TokenProperty = "McpOidc.RefreshToken";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<ReadRefreshToken>()
            .SetOrder(Handlers.ValidateReferenceTokenIdentifier.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.ValidTokenTypes.Count > 0 && !context.ValidTokenTypes.Contains(TokenTypeIdentifiers.RefreshToken))
        {
            return;
        }

        var cancellationToken = context.CancellationToken;
        if (
            await reader.ReadAsync(context.Token, cancellationToken) is not { } token
            || await context.Transaction.FindGrantAsync(grants, token.GrantId, cancellationToken) is not { } grant
            || !(grant.IsLive || context.EndpointType == OpenIddictServerEndpointType.Revocation)
            // The client was told to sign in again, but would stop at a successful refresh.
            || (grant.MustSignInSince is not null && context.EndpointType == OpenIddictServerEndpointType.Token)
        )
        {
            return;
        }

        switch (families.Judge(grant, token))
        {
            case RefreshTokenState.Expired:
                return;
            case RefreshTokenState.Replayed when context.EndpointType == OpenIddictServerEndpointType.Token:
                await replay.EndAsync(grant, cancellationToken);
                return;
            case RefreshTokenState.NewerWithoutKey when context.EndpointType == OpenIddictServerEndpointType.Token:
                lost.Report(grant, LostRotation.Refused);
                return;
            case RefreshTokenState.Replayed
            or RefreshTokenState.NewerWithoutKey when context.EndpointType != OpenIddictServerEndpointType.Revocation:
                return;
        }

        context.Principal = GrantPrincipal
            .Create(grant, context.Transaction.Request?.ClientId)
            .SetCreationDate(grant.LastUsedAt ?? grant.CreatedAt)
            .SetExpirationDate(grant.Refresh?.CurrentExpiresAt)
            .SetTokenType(TokenTypeIdentifiers.RefreshToken);
        context.Transaction.SetProperty(TokenProperty, token);
    }
}
