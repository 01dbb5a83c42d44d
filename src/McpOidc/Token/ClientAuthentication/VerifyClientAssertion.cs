using System.Security.Claims;
using McpOidc.Keys;
using McpOidc.RateLimits;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>
/// <c>private_key_jwt</c>, replacing OpenIddict's three handlers: those reject the JWTs of most libraries (<c>typ</c> JWT, the token
/// endpoint as audience) and accept the same one twice. Every failure is <c>invalid_client</c> (RFC 7521 §4.2.1).
/// </summary>
internal sealed partial class VerifyClientAssertion(
    ClientAssertion assertions,
    IOpenIddictApplicationManager applications,
    ClientKeySets keySets,
    RateLimiter limiter,
    RateLimitSet limits,
    ILogger<VerifyClientAssertion> logger
) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessAuthenticationContext>()
            .AddFilter<RequireClientAssertionValidated>()
            .UseScopedHandler<VerifyClientAssertion>()
            .SetOrder(ValidateClientAssertion.Descriptor.Order)
            .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (string.IsNullOrEmpty(context.ClientAssertion))
        {
            return;
        }

        // OpenIddict checks this everywhere except at the endpoint for pushed requests (RFC 6749 §2.3).
        if (!string.IsNullOrEmpty(context.ClientSecret) || context.ClientAssertionType != ClientAssertionTypes.JwtBearer)
        {
            context.Reject(
                Errors.InvalidRequest,
                "Use exactly one client authentication method; assertions must have the type jwt-bearer."
            );
            return;
        }

        if (
            ClientAssertion.Read(context.ClientAssertion) is not { Issuer: { Length: > 0 } clientId } assertion
            || assertion.Subject != clientId
            || (context.ClientId is { Length: > 0 } stated && stated != clientId)
        )
        {
            context.Reject(Errors.InvalidClient, "The client assertion is not a JWT whose iss and sub are the client_id.");
            return;
        }

        // An assertion is untrusted, and verifying it is work: it counts as a failure until it is known to be valid.
        var http = context.Transaction.GetHttpRequest()?.HttpContext;
        var caller = http?.Features.Get<TokenCaller>();
        if (http is not null && await limiter.SpendAsync(limits.FailuresOfAddress, caller?.Address) is { } refusal)
        {
            await TooManyRequests.Answer(http, refusal).ExecuteAsync(http);
            context.HandleRequest();
            return;
        }

        caller?.IsCharged = true;
        // A client without keys and an unknown one get the same response, which does not reveal which clients exist.
        var client = await applications.FindByClientIdAsync(clientId, context.CancellationToken) as ClientRecord;
        if (
            await assertions.FindProblemAsync(
                assertion,
                clientId,
                await KeysOfAsync(client, assertion.Kid, context.CancellationToken),
                isOfUser: caller is { Held: HeldToken.Live },
                context.CancellationToken
            ) is
            { } problem
        )
        {
            LogRefused(problem);
            context.Reject(Errors.InvalidClient, "The client assertion was rejected. " + problem);
            return;
        }

        limiter.GiveBack(limits.FailuresOfAddress, caller?.Address);
        caller?.IsCharged = false;
        context.Request.ClientId = clientId;
        if (client!.IsPublic)
        {
            // Authentication was optional for it: OpenIddict considers it a public client, which has no assertions.
            (context.ClientAssertion, context.ClientAssertionType) = (null, null);
            (context.Request.ClientAssertion, context.Request.ClientAssertionType) = (null, null);
            return;
        }

        context.ClientAssertionPrincipal = new ClaimsPrincipal(new ClaimsIdentity("McpOidc"))
            .SetClaim(Claims.Issuer, clientId)
            .SetClaim(Claims.Subject, clientId);
    }

    private async ValueTask<IEnumerable<JsonWebKey>> KeysOfAsync(
        ClientRecord? client,
        string? keyId,
        CancellationToken cancellationToken
    ) =>
        client?.Metadata is not { HasKeys: true } metadata ? []
        : metadata.Jwks is { } jwks ? PublicKeySet.Usable(jwks.GetRawText())
        : metadata.JwksUri is { } url ? PublicKeySet.Usable((await keySets.FindAsync(url, keyId, cancellationToken)).GetRawText())
        : [];

    [LoggerMessage(2001, LogLevel.Information, "Rejected a client assertion. {Problem}")]
    private partial void LogRefused(string problem);
}
