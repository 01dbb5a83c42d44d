using System.Globalization;
using System.Text.Json.Nodes;
using Duende.IdentityModel.Client;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>
/// Asks a provider's token endpoint (RFC 6749 §5). Success is a status of 2xx with an access token; anything else says by status and
/// <c>error</c> what it means, never by the reason phrase, which many servers leave empty.
/// </summary>
internal sealed class TokenEndpoint(
    ProviderChannel channel,
    IOptions<IdentityProviderOptions> options,
    IEnumerable<IClientAssertionSource> assertions,
    TimeProvider clock
)
{
    /// <summary>For an access token of which nobody says when it ends, where another can be had for it.</summary>
    public static readonly TimeSpan AssumedLifetime = TimeSpan.FromHours(1);

    /// <summary>No access token of a person lives longer; a larger number is a mistake, or stands for never.</summary>
    private static readonly TimeSpan s_longestLifetime = TimeSpan.FromDays(365);

    // About this server and its settings, not about the token or the person.
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

    /// <param name="provider">Whose endpoint it is.</param>
    /// <param name="parameters">The request, without what authenticates this server.</param>
    /// <param name="what">What cannot be done where it fails, for the log.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The tokens, the id_token among them not verified; without an end where nobody says one.</returns>
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
                Scope = tokens.TextOf("scope"),
            }
            : throw Refusal(answer, what, isSignIn: parameters.Contains(s_code));
    }

    /// <summary>Pushes an authorization request (RFC 9126 §2.1).</summary>
    /// <returns>The <c>request_uri</c> that stands for it.</returns>
    /// <exception cref="IdentityProviderException">It is refused.</exception>
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
        // Whoever renews the assertion may end the old one meanwhile. A client that is refused has used up neither code nor token.
        if (!_proof.IsRenewedByOthers || answer.IsSuccess || answer.ToCause().Error != "invalid_client")
        {
            return answer;
        }

        var renewed = await _proof.AssertAsync(provider, cancellationToken);
        return renewed == assertion ? answer : await SendAsync(provider, address, parameters, renewed, cancellationToken);
    }

    // Slack answers with the app's own token at the top, or with none, and with the person's in authed_user; at a refresh at the top.
    private JsonObject? TokensIn(ProviderAnswer answer) =>
        answer.ReadObject() is not { } top ? null
        : options.Value.OAuth.TokenMember is { Length: > 0 } member && top[member] is JsonObject inner && inner.ContainsKey("access_token")
            ? inner
        : top;

    // The library authenticates this server as each provider wants it; what comes back is read by us.
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
            // What a client is told at a sign-in; the provider's own word is for the log.
            Error = failure == IdentityProviderFailure.Away && !answer.IsSuccess ? null : "server_error",
            Failure = failure,
            Cause = cause,
            RetryAfter = answer.RetryAfter,
            // What stands between us and the provider answers so when the provider itself came too late.
            MayHaveAnswered = answer.Status is 502 or 504 || cause.Name == "no_access_token",
        };
    }

    // Words that are not OAuth's are taken for what they mean where the provider is known to speak so; elsewhere they end nothing.
    private string? ErrorIn(ProviderAnswer answer, IdentityProviderCause cause) =>
        options.Value.OAuth.IsUsed ? cause.Error : ProviderAnswer.CodeOf(answer.ReadObject().TextOf("error"));

    // A code that was just given is good, and says nothing of the person: Auth0 says access_denied of a wrong secret.
    private static bool IsAboutThisServer(IdentityProviderCause cause) =>
        ProviderAdvice.IsAboutThisServer(cause.VendorCode) || cause is { Status: 401 or 403, Error: not "invalid_grant" };

    private static IdentityProviderFailure Judge(ProviderAnswer answer, string? error) =>
        answer switch
        {
            { Status: 408 or 425 or 429 or >= 500 } => IdentityProviderFailure.Away,
            _ when error is not null && s_away.Contains(error) => IdentityProviderFailure.Away,
            _ when error == "invalid_grant" => IdentityProviderFailure.Ended,
            _ when error is not null && s_ours.Contains(error) => IdentityProviderFailure.Misconfigured,
            // Slack refuses with 200.
            _ when error is not null => IdentityProviderFailure.NeedsPerson,
            // Not an answer of a token endpoint: a page of something on the way.
            { IsSuccess: true } => IdentityProviderFailure.Away,
            // glewlwyd sends an empty body, Okta's own API an errorCode.
            { Status: 400 } => IdentityProviderFailure.NeedsPerson,
            _ => IdentityProviderFailure.Misconfigured,
        };

    // Salesforce sends none, others a text or a fraction.
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

    // Not verified: whoever could forge it could as well have sent another expires_in.
    private static DateTimeOffset? EndOf(string accessToken) =>
        ProviderJwt.ReadPayload(accessToken)?["exp"] is JsonValue value
        && value.TryGetValue<double>(out var seconds)
        && seconds is > 0 and < 253402300800
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
