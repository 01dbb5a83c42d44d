using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Protection;
using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token.PersonalAccessTokens;

/// <summary>
/// Checks a personal access token as a refresh checks a client: whether the user still exists and may still have the granted scopes. The
/// result is stored and counts for the lifetime of an access token.
/// </summary>
internal sealed class PersonalTokenCheck(
    RecordStore records,
    UserSessions users,
    PersonCheck persons,
    ScopeRules rules,
    Lifetimes lifetimes,
    PersonalTokenLimit limit,
    IOptions<PersonalAccessTokenOptions> options,
    TimeProvider clock
) : IPersonalTokenCheck
{
    private readonly SingleFlight<PersonalTokenStanding> _flights = new();

    public async ValueTask<PersonalTokenStanding> CheckAsync(string grantId, CancellationToken cancellationToken) =>
        await _flights.RunAsync(grantId, () => CheckOnceAsync(grantId), cancellationToken);

    private async Task<PersonalTokenStanding> CheckOnceAsync(string grantId)
    {
        var now = clock.GetUtcNow();
        var found = (await records.GetAsync(StoreKeys.Grant, grantId, CancellationToken.None))?.Value;
        if (
            found is not { IsLive: true, PersonalToken: { } token } grant
            || token.EndsAt <= now
            || !options.Value.Enabled
            || await users.FindAsync(grant.Subject, CancellationToken.None) is not { } user
        )
        {
            return PersonalTokenStanding.Refused;
        }

        return token.CheckedUntil > now ? PersonalTokenStanding.Good
            : await limit.IsReachedAsync(grant) ? PersonalTokenStanding.Unknown
            : await JudgeAsync(grant, user);
    }

    private async Task<PersonalTokenStanding> JudgeAsync(GrantRecord grant, UserRecord user)
    {
        string[] held = [.. (await rules.OfGrantAsync(grant, clientId: null, asked: null, CancellationToken.None)).Default];
        users.Forget(user.Subject);
        var standing = await persons.CheckAsync(grant, [Scopes.OpenId, .. held], CancellationToken.None);
        if (standing.Error is { } error)
        {
            return error == Errors.TemporarilyUnavailable ? PersonalTokenStanding.Unknown : PersonalTokenStanding.Refused;
        }

        string[] kept = [.. held.Intersect(standing.Scopes)];
        if (standing.Scopes.Count == 0 || (kept.Length == 0 && grant.Scopes.Length > 0))
        {
            return PersonalTokenStanding.Refused;
        }

        await users.KeepAliveAsync(user, CancellationToken.None);
        var (_, after) = await records.ChangeAsync(
            StoreKeys.Grant,
            grant.Id,
            current => current is { IsLive: true, PersonalToken: { } token } ? Keep(current, token, kept) : null,
            CancellationToken.None
        );
        return after is null ? PersonalTokenStanding.Refused : PersonalTokenStanding.Good;
    }

    private GrantRecord Keep(GrantRecord grant, PersonalTokenRecord token, string[] scopes)
    {
        var now = clock.GetUtcNow();
        return grant with
        {
            LastUsedAt = now,
            PersonalToken = token with { CheckedUntil = now + lifetimes.AccessToken(grant.Resource), Scopes = scopes },
        };
    }
}

/// <summary>Counts a new token like an authorization code, and a check like a refresh.</summary>
internal sealed class PersonalTokenLimit(RateLimiter limiter, RateLimitSet limits, AuditLog audit)
{
    /// <summary>Counts a new token.</summary>
    /// <param name="subject">The user.</param>
    /// <returns><see langword="null"/> if the token may be created.</returns>
    public async ValueTask<RateLimitRefusal?> FindRefusalAsync(string subject) => Note(await limiter.SpendAsync(limits.User, subject));

    /// <summary>Counts a check.</summary>
    /// <param name="grant">The grant of the token.</param>
    /// <returns><see langword="false"/> if the token may be checked.</returns>
    public async ValueTask<bool> IsReachedAsync(GrantRecord grant) =>
        Note(await limiter.SpendAsync(limits.Grant, grant.Id) ?? await limiter.SpendAsync(limits.User, grant.Subject)) is not null;

    private RateLimitRefusal? Note(RateLimitRefusal? refusal)
    {
        if (refusal is not null)
        {
            audit.LimitReached(refusal, PersonalAccessToken.Client);
        }

        return refusal;
    }
}
