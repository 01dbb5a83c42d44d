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
/// The authentication scheme of MCP endpoints: every request proves itself, by a bearer token or by a bound token with the proof of its key
/// (RFC 6750, RFC 9449), and every refusal says how to do better.
/// </summary>
internal sealed class BearerTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, TokenVerifier verifier, BoundTokens bound, BearerChallenge challenge)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private OAuthError? _refusal;
    private bool _isAboutBoundToken;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Never from the query or the form (OAuth 2.1 §5.1.1 forbids it; it would end up in logs).
        var headers = Request.Headers.Authorization;
        if (headers.Count == 0)
        {
            return AuthenticateResult.NoResult();
        }

        if (headers.Count > 1 || headers[0]!.Contains(',', StringComparison.Ordinal))
        {
            return Refuse(new OAuthError(StatusCodes.Status400BadRequest, "invalid_request", "There is more than one Authorization header."));
        }

        var credentials = BearerCredentials.Read(headers[0]!);
        _isAboutBoundToken = credentials is { IsBearer: false };
        if (credentials is not { Token: { Length: > 0 } token })
        {
            return Refuse(new OAuthError(StatusCodes.Status401Unauthorized, "invalid_token", "The Authorization header carries no bearer token."));
        }

        return await verifier.VerifyAsync(token, Context.RequestAborted) switch
        {
            TokenVerdict.Valid { IsBound: false } valid when !_isAboutBoundToken => Accept(valid),
            TokenVerdict.Valid valid => await ProveAsync(valid, token.ToString()),
            TokenVerdict.Invalid invalid => Refuse(new OAuthError(StatusCodes.Status401Unauthorized, "invalid_token", invalid.Reason)),
            _ => Refuse(OAuthError.TemporarilyUnavailable()),
        };
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var refusal = _refusal ?? new OAuthError(StatusCodes.Status401Unauthorized, "invalid_request", "A bearer token is required.");
        if (refusal.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status400BadRequest)
        {
            // Without a token there is no error to name (RFC 6750 §3.1).
            var bearer = challenge.Write(Context, _isAboutBoundToken ? null : _refusal?.Error, _isAboutBoundToken ? null : _refusal?.Description);
            Response.Headers[HeaderNames.WWWAuthenticate] = _isAboutBoundToken ? new StringValues([BearerChallenge.WriteDPoP(refusal.Error, refusal.Description), bearer]) : bearer;
        }

        return refusal.ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        const string Description = "The token lacks a scope that this call needs.";
        Response.Headers[HeaderNames.WWWAuthenticate] = challenge.Write(Context, "insufficient_scope", Description, TokenScopes.Of(Context.User));
        return new OAuthError(StatusCodes.Status403Forbidden, "insufficient_scope", Description).ExecuteAsync(Context);
    }

    private async Task<AuthenticateResult> ProveAsync(TokenVerdict.Valid valid, string token)
    {
        if (await bound.FindProblemAsync(Request, valid.User, token, isDPoP: _isAboutBoundToken, Context.RequestAborted) is { } problem)
        {
            _isAboutBoundToken = true;
            return Refuse(problem);
        }

        return Accept(valid);
    }

    private AuthenticateResult Accept(TokenVerdict.Valid valid)
    {
        Context.Features.Set(valid);
        return valid.Accepting.Result;
    }

    private AuthenticateResult Refuse(OAuthError refusal)
    {
        _refusal = refusal;
        return AuthenticateResult.Fail(refusal.Description);
    }
}
