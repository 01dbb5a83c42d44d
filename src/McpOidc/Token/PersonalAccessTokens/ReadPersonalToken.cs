using McpOidc.Protection;
using McpOidc.Storage;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.PersonalAccessTokens;

/// <summary>
/// Reads a personal access token for an MCP server that does not share the store: at introspection (RFC 7662), and as the subject token of
/// token exchange (RFC 8693). No other request accepts one.
/// </summary>
internal sealed class ReadPersonalToken(RecordStore records, PersonalTokenCheck check, TimeProvider clock)
    : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<ReadPersonalToken>()
            .SetOrder(ReadRefreshToken.Descriptor.Order + 50)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            context.EndpointType is not (OpenIddictServerEndpointType.Introspection or OpenIddictServerEndpointType.Token)
            || (context.ValidTokenTypes.Count > 0 && !context.ValidTokenTypes.Contains(TokenTypeIdentifiers.AccessToken))
            || PersonalAccessToken.Read(context.Token) is not { } token
            || await FindAsync(token, context.CancellationToken) is not { PersonalToken: { } personal } grant
            || !grant.IsLive
        )
        {
            return;
        }

        if (personal.CheckedUntil <= clock.GetUtcNow())
        {
            switch (await check.CheckAsync(grant.Id, context.CancellationToken))
            {
                case PersonalTokenStanding.Refused:
                    return;
                case PersonalTokenStanding.Unknown:
                    context.Reject(Errors.TemporarilyUnavailable, "The token cannot be checked right now.");
                    return;
            }

            personal = (await FindAsync(token, context.CancellationToken))?.PersonalToken ?? personal;
        }

        context.Principal = GrantPrincipal
            .Create(grant, context.Transaction.Request?.ClientId)
            .SetScopes(personal.Scopes)
            .SetAudiences(grant.Resource)
            .SetCreationDate(grant.CreatedAt)
            .SetExpirationDate(personal.EndsAt)
            .SetTokenType(TokenTypeIdentifiers.AccessToken);
    }

    private async ValueTask<GrantRecord?> FindAsync(PersonalAccessToken token, CancellationToken cancellationToken) =>
        (await records.GetAsync(StoreKeys.Grant, token.GrantId, cancellationToken))?.Value is { } grant
        && OpaqueToken.Matches(token.Value, grant.PersonalToken?.Hash)
            ? grant
            : null;
}
