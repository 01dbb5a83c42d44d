using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.DPoP;
using McpOidc.Federation;
using McpOidc.Registration;
using McpOidc.SignIn.Rules;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.IdentityAssertion;

/// <summary>
/// Issues a token for a user whose organisation's identity provider vouches for sign-in and consent (RFC 7523 §2.1 with an ID-JAG). The
/// user is the one who would sign in here at the configured provider. The assertion itself is never logged.
/// </summary>
internal sealed partial class IssueByAssertion(
    IdentityAssertionReader assertions,
    AssertionRight rights,
    TrustedPeople people,
    ScopeRules rules,
    Grants grants,
    Lifetimes lifetimes,
    AuditLog audit,
    ILogger<IssueByAssertion> logger
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleTokenRequestContext>()
            .UseSingletonHandler<IssueByAssertion>()
            .SetOrder(AttachUserClaims.Descriptor.Order + 200)
            .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Request.GrantType != StaticClients.JwtBearer)
        {
            return;
        }

        try
        {
            await IssueAsync(context, context.ClientId!, context.CancellationToken);
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            context.Reject(Errors.TemporarilyUnavailable, "The issuer of the assertion is not responding.");
        }
    }

    private async Task IssueAsync(HandleTokenRequestContext context, string clientId, CancellationToken cancellationToken)
    {
        if (context.Request.Assertion is not { Length: > 0 } value)
        {
            context.Reject(Errors.InvalidRequest, "The assertion parameter is missing.");
            return;
        }

        var (assertion, problem) = await assertions.ReadAsync(value, clientId, cancellationToken);
        if (assertion is null || rights.FindIssuer(assertion) is not { } issuer)
        {
            Refuse(context, problem!);
            return;
        }

        if (await JudgeAsync(context, assertion, issuer, clientId, cancellationToken) is not var (resource, scopes))
        {
            return;
        }

        var (subject, provider, unknown) = await people.FindAsync(assertion, issuer, cancellationToken);
        if (subject is null)
        {
            Refuse(context, unknown!);
            return;
        }

        var asked = new JudgedRequest(ClientIdDigest.Of(clientId), resource.Options.Uri, scopes);
        if (await rights.JudgeAsync(assertion, issuer, subject, asked, cancellationToken) is not { } allowed)
        {
            Refuse(context, "The user is not allowed to use this server.");
            return;
        }

        if (allowed.Length == 0 && scopes.Length > 0)
        {
            context.Reject(Errors.InvalidScope, ScopeRule.NoneIsLeft);
            return;
        }

        if (!await assertions.IsFirstUseAsync(assertion, cancellationToken))
        {
            Refuse(context, "It has already been used.");
            return;
        }

        var grant = await grants.CreateForAccessTokenAsync(subject, clientId, provider, allowed, resource.AskedAs, cancellationToken);
        LogIssued(clientId, grant.Subject, assertion.Issuer, grant.Id);
        audit.TokenIssued(grant, StaticClients.JwtBearer);
        context.Principal = GrantPrincipal.Create(grant, context.ClientId).SetAccessTokenLifetime(lifetimes.AccessToken(grant.Resource));
    }

    /// <summary>What the client gets with the assertion; <see langword="null"/> if the request was rejected.</summary>
    private async ValueTask<(RequestedResource Resource, string[] Scopes)?> JudgeAsync(
        HandleTokenRequestContext context,
        JsonWebToken assertion,
        AssertionIssuerOptions issuer,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        var proven = ProvenKey.Of(context.Transaction);
        if (rights.FindScopes(clientId, issuer) is not { } allowed || !await rights.IsProvenAsync(clientId, proven, cancellationToken))
        {
            context.Reject(
                Errors.UnauthorizedClient,
                "This client may not use assertions of this issuer, or must prove possession of a key (DPoP) to do so."
            );
            return null;
        }

        if (rights.FindResource(assertion, context.Request, clientId) is not { } resource)
        {
            Refuse(context, "Its resource is not allowed for the client, or is not the requested one.");
            return null;
        }

        if (!IsProven(assertion, proven))
        {
            Refuse(context, "It is bound to a key, but the request has no proof of that key.");
            return null;
        }

        // The provider did not grant what it did not list: the token then has no scope.
        var asserted = assertion.GetPayloadValueOrNull(Claims.Scope);
        var rule = await rules.OfAssertionAsync(allowed, rights.OptionsOf(clientId), resource.Options, asserted, cancellationToken);
        if (rule.Decide(SetAsideScope.Of(context.Transaction)) is { } scopes)
        {
            return (resource, scopes);
        }

        context.Reject(Errors.InvalidScope, ScopeRule.NoneIsLeft);
        return null;
    }

    // The legitimate holder has the key (RFC 7800 §3). A confirmation method other than DPoP's cannot be verified here.
    private static bool IsProven(JsonWebToken assertion, ProvenKey? proven) =>
        !assertion.GetPayload().TryGetPropertyValue(Confirmation.Claim, out var confirmation)
        || (
            proven is not null
            && confirmation is JsonObject { Count: 1 } named
            && named[Confirmation.Thumbprint] is JsonValue value
            && value.TryGetValue<string>(out var thumbprint)
            && thumbprint == proven.Thumbprint
        );

    private void Refuse(HandleTokenRequestContext context, string problem)
    {
        LogRefused(ClientIdDigest.Of(context.ClientId ?? ""), problem);
        context.Reject(Errors.InvalidGrant, "The assertion was rejected. " + problem);
    }

    [LoggerMessage(
        2201,
        LogLevel.Information,
        "Issued a token for user {Subject} to client {ClientId} by an assertion of {Issuer}, grant {GrantId}."
    )]
    private partial void LogIssued(string clientId, string subject, string issuer, string grantId);

    [LoggerMessage(2202, LogLevel.Information, "Rejected an identity assertion of client {ClientId}. {Problem}")]
    private partial void LogRefused(string? clientId, string problem);

    [LoggerMessage(
        2203,
        LogLevel.Warning,
        "The keys of a trusted issuer cannot be fetched: its assertions cannot be verified at the moment."
    )]
    private partial void LogUnavailable(Exception exception);
}
