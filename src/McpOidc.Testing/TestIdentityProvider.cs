using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using McpOidc.Federation;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Testing;

/// <summary>Redirects every browser back immediately, signed in as the user named by <c>login_hint</c>.</summary>
internal sealed class TestIdentityProvider(TimeProvider clock) : IIdentityProvider
{
    public const string Issuer = "https://people.example";

    private readonly ConcurrentDictionary<string, JsonObject> _claims = new(StringComparer.Ordinal);

    /// <summary>The user's claims, besides <c>sub</c> and <c>name</c>.</summary>
    public void Describe(string person, JsonObject claims) => _claims[person] = claims;

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
        ChallengeAsync(new IdentityProviderChallengeRequest(redirectUri, state, new Dictionary<string, string>()), cancellationToken);

    public ValueTask<IdentityProviderChallenge> ChallengeAsync(
        IdentityProviderChallengeRequest request,
        CancellationToken cancellationToken
    )
    {
        var answer = new Dictionary<string, string?>
        {
            ["code"] = request.Parameters.TryGetValue("login_hint", out var person) ? person : "alice",
            ["state"] = request.State,
        };
        return new(
            new IdentityProviderChallenge(new Uri(QueryHelpers.AddQueryString(request.RedirectUri.AbsoluteUri, answer)), new JsonObject())
        );
    }

    public ValueTask<IdentityProviderLogin> RedeemAsync(Uri callbackUri, JsonObject state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callbackUri);
        var person = QueryHelpers.ParseQuery(callbackUri.Query)["code"].ToString();
        var claims = _claims.TryGetValue(person, out var known) ? known.DeepClone().AsObject() : [];
        claims["sub"] = person;
        claims["name"] ??= person;
        claims["auth_time"] = clock.GetUtcNow().ToUnixTimeSeconds();
        return new(new IdentityProviderLogin(Issuer, person, claims, Tokens(person)));
    }

    public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        new(Tokens(refreshToken));

    private IdentityProviderTokenSet Tokens(string person) =>
        new($"idp-access-token-of-{person}") { RefreshToken = person, ExpiresAt = clock.GetUtcNow().AddHours(1) };
}
