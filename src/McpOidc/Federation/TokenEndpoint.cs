using System.Globalization;
using System.Text.Json.Nodes;
using Duende.IdentityModel.Client;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>
/// Calls a provider's token endpoint (RFC 6749 §5). Success is a 2xx status with an access token; anything else is judged by its status
/// and <c>error</c>, never by the reason phrase, which many servers leave empty.
/// </summary>
internal sealed class TokenEndpoint(
    ProviderChannel channel,
    IOptions<IdentityProviderOptions> options,
    IEnumerable<IClientAssertionSource> assertions,
    TimeProvider clock
)
{
    /// <summary>The lifetime of an access token without a stated expiry, if it can be replaced.</summary>
    public static readonly TimeSpan AssumedLifetime = TimeSpan.FromHours(1);

    /// <summary>The maximum lifetime of an access token; a larger number is a mistake, or means never.</summary>
    private static readonly TimeSpan s_longestLifetime = TimeSpan.FromDays(365);

    // Errors about this server and its settings rather than the token or the user.
    private static readonly string[] s_ours =
    [
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "redirect_uri_mismatch",
    ];

    private static readonly string[] s_away =
    [
        "temporarily_unavailable",
        "server_error",
        "slow_down",
        "internal_error",
        "fatal_error",
        "rate_limited",
    ];

    private static readonly KeyValuePair<string, string> s_code = new("grant_type", "authorization_code");

    private readonly ClientProof _proof = new(options.Value, assertions, clock);

    /// <param name="provider">The provider.</param>
    /// <param name="parameters">The request, without client authentication.</param>
    /// <param name="what">The failed operation, for the log.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The tokens, with an unverified id_token; without an expiry if none is stated.</returns>
    /// <exception cref="IdentityProviderException">There are no tokens.</exception>
    public async Task<IdentityProviderTokenSet> AskAsync(
        ProviderDocument provider,
        IReadOnlyList<KeyValuePair<string, string>> parameters,
        string what,
        CancellationToken cancellationToken
    )
    {
        var answer = await ProveAndSendAsync(provider, provider.TokenEndpoint, parameters, cancellationToken);
        return answer.IsSuccess && TokensIn(answer) is { } tokens && tokens.TextOf("access_token") is { } accessToken
            ? new IdentityProviderTokenSet(accessToken)
            {
                IdToken = tokens.TextOf("id_token"),
                RefreshToken = tokens.TextOf("refresh_token"),
                ExpiresAt = ExpiryOf(tokens, accessToken),
                TokenType = tokens.TextOf("token_type") ?? "Bearer",
                Scope = ScopeIn(tokens["scope"]),
            }
            : throw Refusal(answer, what, isSignIn: parameters.Contains(s_code));
    }

    /// <summary>Pushes an authorization request (RFC 9126 §2.1).</summary>
    /// <returns>Its <c>request_uri</c>.</returns>
    /// <exception cref="IdentityProviderException">It was rejected.</exception>
    public async Task<string> PushAsync(
        ProviderDocument provider,
        IReadOnlyList<KeyValuePair<string, string>> parameters,
        CancellationToken cancellationToken
    )
    {
        var answer = await ProveAndSendAsync(provider, provider.PushedAuthorizationEndpoint, parameters, cancellationToken);
        return answer.IsSuccess && answer.ReadObject().TextOf("request_uri") is { } uri
            ? uri
            : throw Refusal(answer, "The authorization request could not be pushed", isSignIn: true);
    }

    private async Task<ProviderAnswer> ProveAndSendAsync(
        ProviderDocument provider,
        string address,
        IReadOnlyList<KeyValuePair<string, string>> parameters,
        CancellationToken cancellationToken
    )
    {
        var assertion = await _proof.AssertAsync(provider, cancellationToken);
        var answer = await SendAsync(provider, address, parameters, assertion, cancellationToken);
        // The assertion may have been renewed and the old one ended meanwhile. A rejected client has used up neither code nor token.
        if (!_proof.IsRenewedByOthers || answer.IsSuccess || answer.ToCause().Error != "invalid_client")
        {
            return answer;
        }

        var renewed = await _proof.AssertAsync(provider, cancellationToken);
        return renewed == assertion ? answer : await SendAsync(provider, address, parameters, renewed, cancellationToken);
    }

    // Slack's response has the app's token at the top level, or none, and the user's in authed_user; at a refresh it is at the top level.
    private JsonObject? TokensIn(ProviderAnswer answer) =>
        answer.ReadObject() is not { } top ? null
        : options.Value.OAuth.TokenMember is { Length: > 0 } member && top[member] is JsonObject inner && inner.ContainsKey("access_token")
            ? inner
        : top;

    // Twitch sends a list (https://dev.twitch.tv/docs/authentication/getting-tokens-oauth).
    private static string? ScopeIn(JsonNode? scope) =>
        scope switch
        {
            JsonArray several => string.Join(' ', several.Select(one => one?.ToString())),
            JsonValue value when value.TryGetValue<string>(out var text) => text,
            _ => null,
        }
            is { Length: > 0 } scopes
            ? scopes
            : null;

    // The library authenticates this server as each provider requires; we read the response.
    private async Task<ProviderAnswer> SendAsync(
        ProviderDocument provider,
        string address,
        IReadOnlyList<KeyValuePair<string, string>> parameters,
        string? assertion,
        CancellationToken cancellationToken
    )
    {
        using var request = new TokenRequest
        {
            Address = address,
            Method = HttpMethod.Post,
            Parameters = [.. parameters],
        };
        _proof.Prove(request, provider, assertion).Prepare();
        return await channel.SendAsync(request, cancellationToken);
    }

    private IdentityProviderException Refusal(ProviderAnswer answer, string what, bool isSignIn)
    {
        var cause = answer.ToCause(answer.IsSuccess && answer.ToCause().Error is null ? "no_access_token" : null);
        var failure = isSignIn && IsAboutThisServer(cause) ? IdentityProviderFailure.Misconfigured : Judge(answer, ErrorIn(answer, cause));
        return new IdentityProviderException($"{what}: {cause}.")
        {
            // The error for the client at a sign-in; the provider's own code is for the log.
            Error = failure == IdentityProviderFailure.Away && !answer.IsSuccess ? null : "server_error",
            Failure = failure,
            Cause = cause,
            RetryAfter = answer.RetryAfter,
            // An intermediary answers like this when the provider itself was too slow.
            MayHaveAnswered = answer.Status is 502 or 504 || cause.Name == "no_access_token",
        };
    }

    // Non-OAuth codes are interpreted if the provider is known to use them; otherwise they end nothing.
    private string? ErrorIn(ProviderAnswer answer, IdentityProviderCause cause) =>
        options.Value.OAuth.IsUsed ? cause.Error : ProviderAnswer.CodeOf(answer.ReadObject().TextOf("error"));

    // A code that was just issued is valid, and this error does not concern the user: Auth0 answers access_denied for a wrong secret.
    private static bool IsAboutThisServer(IdentityProviderCause cause) =>
        ProviderAdvice.IsAboutThisServer(cause.VendorCode) || cause is { Status: 401 or 403, Error: not "invalid_grant" };

    private static IdentityProviderFailure Judge(ProviderAnswer answer, string? error) =>
        answer switch
        {
            { Status: 408 or 425 or 429 or >= 500 } => IdentityProviderFailure.Away,
            _ when error is not null && s_away.Contains(error) => IdentityProviderFailure.Away,
            _ when error == "invalid_grant" => IdentityProviderFailure.Ended,
            _ when error is not null && s_ours.Contains(error) => IdentityProviderFailure.Misconfigured,
            // Slack reports errors with 200.
            _ when error is not null => IdentityProviderFailure.NeedsPerson,
            // Not a token endpoint's response but an intermediary's page.
            { IsSuccess: true } => IdentityProviderFailure.Away,
            // glewlwyd sends an empty body, Okta's own API an errorCode.
            { Status: 400 } => IdentityProviderFailure.NeedsPerson,
            _ => IdentityProviderFailure.Misconfigured,
        };

    // Salesforce sends none, others a string or a fraction.
    private DateTimeOffset? ExpiryOf(JsonObject tokens, string accessToken)
    {
        var now = clock.GetUtcNow();
        return SecondsOf(tokens["expires_in"]) is { } seconds ? now.AddSeconds(seconds)
            : EndOf(accessToken) is { } end && end > now && end <= now + s_longestLifetime ? end
            : null;
    }

    private static double? SecondsOf(JsonNode? expiresIn) =>
        expiresIn is JsonValue value
        && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        && seconds >= 1
        && seconds <= s_longestLifetime.TotalSeconds
            ? Math.Floor(seconds)
            : null;

    // Not verified: a party that could forge it could also have sent another expires_in.
    private static DateTimeOffset? EndOf(string accessToken) =>
        ProviderJwt.ReadPayload(accessToken)?["exp"] is JsonValue value
        && value.TryGetValue<double>(out var seconds)
        && seconds is > 0 and < 253402300800
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
