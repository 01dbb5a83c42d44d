using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Consent;
using McpOidc.Federation;
using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Sessions;

/// <summary>The vault of users. Every write is a compare-and-swap on the user's single record.</summary>
internal sealed class UserSessions(RecordStore records, Lifetimes lifetimes, TrustedPeople people, TimeProvider clock, AuditLog audit)
{
    /// <summary>Tokens with a shorter remaining lifetime are useless to a tool.</summary>
    private static readonly TimeSpan s_use = TimeSpan.FromMinutes(1);

    public async ValueTask<UserRecord?> FindAsync(string subject, CancellationToken cancellationToken) =>
        (await records.GetAsync(StoreKeys.User, subject, cancellationToken))?.Value;

    /// <summary>The user's record as read by this request; <see cref="FindAsync"/> sees later changes.</summary>
    public async ValueTask<UserRecord?> RecallAsync(string subject, CancellationToken cancellationToken) =>
        (await records.RecallAsync(StoreKeys.User, subject, cancellationToken))?.Value;

    /// <summary>Makes the next <see cref="RecallAsync"/> read again.</summary>
    public void Forget(string subject) => records.Forget(StoreKeys.User, subject);

    /// <summary>Stores the result of a sign-in.</summary>
    /// <param name="login">The provider's result.</param>
    /// <param name="providerName">Its name in the settings.</param>
    /// <param name="customData">The application's custom data.</param>
    /// <param name="consent">The consent to remember, if any, stored in the same write.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<UserRecord> SignInAsync(
        IdentityProviderLogin login,
        string providerName,
        JsonObject? customData,
        ConsentRecord? consent,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var subject = Subject.From(login.Issuer, login.Subject);
        var fresh = new UserRecord
        {
            Subject = subject,
            Provider = login.Issuer,
            ProviderName = providerName,
            IdentityProviderSubject = login.Subject,
            Claims = login.Claims,
            EmailIndex = await people.FindIndexAsync(providerName, login, cancellationToken),
            CustomData = customData,
            Tokens = login.Tokens,
            HasNoTokens = login.Tokens is null,
            Stamp = HashOf(login.Stamp),
            Consents = consent?.AddTo([]) ?? [],
            SignedInAt = now,
            ConfirmedAt = now,
            ClaimsReadAt = now,
            ExpiresAt = NextExpiry(now),
        };
        if (await records.AddOrGetAsync(StoreKeys.User, subject, fresh, cancellationToken) is null)
        {
            return fresh;
        }

        var (_, user) = await records.ChangeAsync(StoreKeys.User, subject, Merge, cancellationToken);
        return user!;

        UserRecord Merge(UserRecord? stored) =>
            stored is null
                ? fresh
                : fresh with
                {
                    // The record outlives the personal access tokens of the user.
                    ExpiresAt = fresh.ExpiresAt > stored.ExpiresAt ? fresh.ExpiresAt : stored.ExpiresAt,
                    // Not one that the provider no longer accepted: the next check would send the user here again.
                    Tokens = login.Tokens is null
                        ? null
                        : KeepRefreshToken(login.Tokens, stored.NeedsPersonSince is null ? stored.Tokens : null),
                    // This sign-in was for missing tokens. If they are still unusable, another sign-in would not help.
                    NotSentAgainUntil =
                        login.Tokens is null || (stored.NeedsPersonSince is null && !(stored.NotSentAgainUntil > now)) ? null
                        : login.Tokens.ExpiresAt <= now + s_use ? DateTimeOffset.MaxValue
                        : now + s_use,
                    Consents = stored.ConsentsWith(consent),
                    ConsentsForgottenAt = stored.ConsentsForgottenAt,
                };
    }

    /// <summary>Changes a user's record.</summary>
    /// <param name="subject">The user.</param>
    /// <param name="change">Returns the new record, or <see langword="null"/> to leave it. May be called more than once.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The current record, or <see langword="null"/> if there is none.</returns>
    public async Task<UserRecord?> UpdateAsync(string subject, Func<UserRecord, UserRecord?> change, CancellationToken cancellationToken)
    {
        var (before, after) = await records.ChangeAsync(
            StoreKeys.User,
            subject,
            user => user is null ? null : change(user),
            cancellationToken
        );
        return after ?? before;
    }

    /// <summary>Keeps the record at least as long as any grant. Writes only after a tenth of its lifetime.</summary>
    public async Task KeepAliveAsync(UserRecord user, CancellationToken cancellationToken)
    {
        var next = NextExpiry(clock.GetUtcNow());
        if (next - user.ExpiresAt > lifetimes.LongestRefreshToken * 0.1)
        {
            await UpdateAsync(user.Subject, current => current with { ExpiresAt = next }, cancellationToken);
        }
    }

    /// <summary>Keeps the record at least until the given time.</summary>
    public Task KeepUntilAsync(UserRecord user, DateTimeOffset moment, CancellationToken cancellationToken) =>
        UpdateAsync(user.Subject, current => current.ExpiresAt < moment ? current with { ExpiresAt = moment } : null, cancellationToken);

    public async Task RememberConsentAsync(string subject, ConsentRecord consent, CancellationToken cancellationToken)
    {
        if (await UpdateAsync(subject, user => user with { Consents = user.ConsentsWith(consent) }, cancellationToken) is not null)
        {
            audit.ConsentGranted(subject, consent.ClientId, consent.Scopes, consent.Resource);
        }
    }

    /// <summary>Removes a user's consents for a client, or for all clients: the next request asks again.</summary>
    public Task ForgetConsentsAsync(string subject, string? clientId, CancellationToken cancellationToken) =>
        UpdateAsync(
            subject,
            user =>
                user with
                {
                    Consents = [.. user.Consents.Where(consent => clientId is not null && consent.ClientId != clientId)],
                    ConsentsForgottenAt = clock.GetUtcNow(),
                },
            cancellationToken
        );

    /// <summary>The stored form of a stamp: a hash, which does not reveal the stamp.</summary>
    public static string? HashOf(string? stamp) => stamp is null ? null : OpaqueToken.Hash(stamp);

    // A grant lives slightly longer than the refresh token lifetime; the record is renewed up to a tenth of it late.
    private DateTimeOffset NextExpiry(DateTimeOffset now) => now + (lifetimes.LongestRefreshToken * 1.2) + lifetimes.LongestAccessToken;

    // Google sends a refresh token only at the first consent: if none is sent, the stored one remains valid.
    internal static IdentityProviderTokenSet? KeepRefreshToken(IdentityProviderTokenSet? fresh, IdentityProviderTokenSet? held) =>
        fresh is null ? held
        : string.IsNullOrEmpty(fresh.RefreshToken) ? fresh with { RefreshToken = held?.RefreshToken }
        : fresh;
}
