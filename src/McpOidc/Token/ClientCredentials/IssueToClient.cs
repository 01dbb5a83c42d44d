using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Registration;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.ClientCredentials;

/// <summary>
/// Issues a token by client_credentials (RFC 6749 §4.4, MCP extension <c>oauth-client-credentials</c>): its <c>sub</c> is the client (RFC
/// 9068 §2.2), it has a grant like every other token, so that it can be revoked, and there is no refresh token (RFC 6749 §4.4.3).
/// </summary>
internal sealed partial class IssueToClient(
    StaticClients clients,
    ScopeRules rules,
    Grants grants,
    Lifetimes lifetimes,
    AuditLog audit,
    ILogger<IssueToClient> logger
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleTokenRequestContext>()
            .UseSingletonHandler<IssueToClient>()
            .SetOrder(AttachUserClaims.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsClientCredentialsGrantType())
        {
            return;
        }

        if (clients.OptionsOf(context.ClientId) is not { } client)
        {
            context.Reject(Errors.UnauthorizedClient, "Only pre-registered clients can use client_credentials.");
            return;
        }

        var requested = RequestedResource.NamedBy(context.Request);
        if (requested.Length > 1 || clients.FindResource(client.Id, requested.FirstOrDefault()) is not { } resource)
        {
            context.Reject(Errors.InvalidTarget, "This client may not get a token for this resource, or must specify one.");
            return;
        }

        var rule = await rules.OfMachineAsync(client, resource.Options, context.CancellationToken);
        if (rule.Decide(SetAsideScope.Of(context.Transaction)) is not { } scopes)
        {
            context.Reject(Errors.InvalidScope, ScopeRule.NoneIsLeft);
            return;
        }

        var grant = await grants.CreateForAccessTokenAsync(
            client.Id,
            client.Id,
            provider: "",
            scopes,
            resource.AskedAs,
            context.CancellationToken
        );
        LogIssued(client.Id, grant.Id);
        audit.TokenIssued(grant, context.Request.GrantType!);
        context.Principal = GrantPrincipal.Create(grant, context.ClientId).SetAccessTokenLifetime(lifetimes.AccessToken(grant.Resource));
    }

    [LoggerMessage(2101, LogLevel.Information, "Issued a client_credentials token to client {ClientId}, grant {GrantId}.")]
    private partial void LogIssued(string clientId, string grantId);
}
