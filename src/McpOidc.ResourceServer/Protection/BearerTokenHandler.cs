using System.Security.Claims;
using System.Text.Encodings.Web;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Protection;

/// <summary>
/// The authentication scheme of MCP endpoints: every request needs a bearer token, or a bound token with a proof of its key (RFC 6750, RFC
/// 9449), and every rejection explains what is missing. The scheme <c>McpOidc</c> stands for the resource that the request is for; each
/// named resource also has its own scheme.
/// </summary>
internal sealed partial class BearerTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ProtectedResources resources,
    ProtectedScopes scopes,
    TokenVerifier verifier,
    BoundTokens bound,
    UserClaimLoader claims
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private static readonly OAuthError s_noToken = new(
        StatusCodes.Status401Unauthorized,
        "invalid_request",
        "An access token is required."
    );
    private const string RefusalParameter = "McpOidc.Refusal";
    private OAuthError? _refusal;
    private bool _isAboutBoundToken;

    private ProtectedResource Resource => resources.Of(Scheme.Name, Context);

    /// <summary>The error found after the token itself was validated, for the challenge.</summary>
    public static AuthenticationProperties Refusing(OAuthError refusal)
    {
        var properties = new AuthenticationProperties();
        properties.SetParameter(RefusalParameter, refusal);
        return properties;
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Never from the query or the form, which OAuth 2.1 §5.1.1 forbids, because they appear in logs.
        var headers = Request.Headers.Authorization;
        if (headers.Count == 0)
        {
            return AuthenticateResult.NoResult();
        }

        if (headers.Count > 1 || headers[0]!.Contains(',', StringComparison.Ordinal))
        {
            return Refuse(
                new OAuthError(StatusCodes.Status400BadRequest, "invalid_request", "The request has more than one Authorization header.")
            );
        }

        var credentials = BearerCredentials.Read(headers[0]!);
        _isAboutBoundToken = credentials is { IsBearer: false };
        if (credentials is not { Token: { Length: > 0 } token })
        {
            return RefuseToken("The Authorization header does not contain a bearer token.");
        }

        return await verifier.VerifyAsync(token, Resource, Context.RequestAborted) switch
        {
            TokenVerdict.Valid { IsBound: false } valid when !_isAboutBoundToken => await AcceptAsync(valid),
            TokenVerdict.Valid valid => await ProveAsync(valid, token.ToString()),
            TokenVerdict.Invalid invalid => RefuseToken(invalid.Reason),
            _ => Refuse(OAuthError.TemporarilyUnavailable()),
        };
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var given = properties.GetParameter<OAuthError>(RefusalParameter) ?? _refusal;
        var refusal = given ?? s_noToken;
        if (refusal.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status400BadRequest)
        {
            // Without a token there is no error to report (RFC 6750 §3.1).
            var named = _isAboutBoundToken ? null : given;
            var needed = scopes.BaseOf(Resource).Concat(NeededScopes.Of(Context).All);
            var bearer = BearerChallenge.Write(Resource, needed, named?.Error, named?.Description);
            Response.Headers[HeaderNames.WWWAuthenticate] = _isAboutBoundToken
                ? new StringValues([BearerChallenge.WriteDPoP(refusal.Error, refusal.Description), bearer])
                : bearer;
        }

        await AnswerAsync(refusal);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var (needed, held) = (NeededScopes.Of(Context).All, TokenScopes.Of(Context.User));
        if (needed.All(Resource.Hierarchy.Expand(held).Contains))
        {
            // A scope would not help, and a client that gets one would ask the user for nothing.
            return AnswerAsync(
                new OAuthError(StatusCodes.Status403Forbidden, "access_denied", "A policy of this server denies the request.")
            );
        }

        const string Description = "The token lacks a scope that this call requires.";
        Response.Headers[HeaderNames.WWWAuthenticate] = BearerChallenge.Write(
            Resource,
            needed.Concat(held),
            "insufficient_scope",
            Description
        );
        return AnswerAsync(new OAuthError(StatusCodes.Status403Forbidden, "insufficient_scope", Description));
    }

    private async Task AnswerAsync(OAuthError refusal)
    {
        if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
        {
            LogUnknown(Logger, Resource.Options.Resource);
        }

        await Resource.Options.Events.OnRefused(new RefusedContext(Context, refusal.Status, refusal.Error, refusal.Description));
        await RefusalMiddleware.RefuseAsync(Context, refusal);
    }

    private async Task<AuthenticateResult> ProveAsync(TokenVerdict.Valid valid, string token)
    {
        var user = new ClaimsPrincipal(valid.Claims);
        if (await bound.FindProblemAsync(Request, Resource, user, token, isDPoP: _isAboutBoundToken, Context.RequestAborted) is { } problem)
        {
            _isAboutBoundToken = true;
            return Refuse(problem);
        }

        return await AcceptAsync(valid);
    }

    private async Task<AuthenticateResult> AcceptAsync(TokenVerdict.Valid valid)
    {
        var user = valid.CreateUser();
        if (!await claims.TryAddAsync(user, valid.Subject, Resource.Options, Context.RequestAborted))
        {
            return Refuse(OAuthError.TemporarilyUnavailable());
        }

        var validated = new TokenValidatedContext(Context, user);
        await Resource.Options.Events.OnTokenValidated(validated);
        if (validated.Failure is { } failure)
        {
            return RefuseToken(failure);
        }

        Context.Features.Set(valid);
        return AuthenticateResult.Success(
            new AuthenticationTicket(validated.Principal, new AuthenticationProperties { ExpiresUtc = valid.ExpiresAt }, Scheme.Name)
        );
    }

    private AuthenticateResult RefuseToken(string description) =>
        Refuse(new OAuthError(StatusCodes.Status401Unauthorized, "invalid_token", description));

    private AuthenticateResult Refuse(OAuthError refusal)
    {
        _refusal = refusal;
        return AuthenticateResult.Fail(refusal.Description);
    }

    [LoggerMessage(
        2996,
        LogLevel.Error,
        "Answered a request to {Resource} with 503: the token could not be checked, because the store or the signing keys are unreachable."
    )]
    private static partial void LogUnknown(ILogger logger, string resource);
}
