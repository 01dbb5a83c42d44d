using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Consent;
using McpOidc.Federation;
using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Sessions;

/// <summary>The vault of users. Every write is a compare-and-swap on the one record of a person.</summary>
internal sealed class UserSessions(RecordStore records, Lifetimes lifetimes, TrustedPeople people, TimeProvider clock, AuditLog audit)
{
    /// <summary>Tokens that end sooner are of no use to a tool.</summary>
    private static readonly TimeSpan s_use = TimeSpan.FromMinutes(1);

    public async ValueTask<UserRecord?> FindAsync(string subject, CancellationToken cancellationToken) =>
        (await records.GetAsync(StoreKeys.User, subject, cancellationToken))?.Value;

    /// <summary>The person's record as this request has read it; <see cref="FindAsync"/> sees what changed meanwhile.</summary>
    public async ValueTask<UserRecord?> RecallAsync(string subject, CancellationToken cancellationToken) =>
        (await records.RecallAsync(StoreKeys.User, subject, cancellationToken))?.Value;

    /// <summary>Makes <see cref="RecallAsync"/> read again.</summary>
    public void Forget(string subject) => records.Forget(StoreKeys.User, subject);

    /// <summary>Keeps what a sign-in brought.</summary>
    /// <param name="login">What the provider said.</param>
    /// <param name="providerName">Its name in the settings.</param>
    /// <param name="customData">What the application keeps of it.</param>
    /// <param name="consent">What the person has just allowed and wants to be remembered, if anything: kept in the same write.</param>
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
                    Tokens = KeepRefreshToken(login.Tokens, stored.Tokens),
                    // Sent there for want of tokens. Where they are of no use again, another time would end as this one.
                    NotSentAgainUntil =
                        stored.NeedsPersonSince is null && !(stored.NotSentAgainUntil > now) ? null
                        : login.Tokens.ExpiresAt <= now + s_use ? DateTimeOffset.MaxValue
                        : now + s_use,
                    Consents = stored.ConsentsWith(consent),
                    ConsentsForgottenAt = stored.ConsentsForgottenAt,
                };
    }

    /// <summary>Changes the record of a person.</summary>
    /// <param name="subject">Who.</param>
    /// <param name="change">Gives the new record, or <see langword="null"/> to leave it. May be called more than once.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The record as it is now, or <see langword="null"/> when there is none.</returns>
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

    /// <summary>Keeps the record at least as long as any grant. Writes only when a tenth of its time is gone.</summary>
    public async Task KeepAliveAsync(UserRecord user, CancellationToken cancellationToken)
    {
        var next = NextExpiry(clock.GetUtcNow());
        if (next - user.ExpiresAt > lifetimes.LongestRefreshToken * 0.1)
        {
            await UpdateAsync(user.Subject, current => current with { ExpiresAt = next }, cancellationToken);
        }
    }

    public async Task RememberConsentAsync(string subject, ConsentRecord consent, CancellationToken cancellationToken)
    {
        if (await UpdateAsync(subject, user => user with { Consents = user.ConsentsWith(consent) }, cancellationToken) is not null)
        {
            audit.ConsentGranted(subject, consent.ClientId, consent.Scopes, consent.Resource);
        }
    }

    /// <summary>Forgets what a person allowed a client, or all clients: the next request is asked about again.</summary>
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

    // A grant lives for the refresh lifetime and a little more; the record is renewed late by up to a tenth of it.
    private DateTimeOffset NextExpiry(DateTimeOffset now) => now + (lifetimes.LongestRefreshToken * 1.2) + lifetimes.LongestAccessToken;

    // Google sends a refresh token at the first consent only: one that is not sent does not take back the one we hold.
    internal static IdentityProviderTokenSet? KeepRefreshToken(IdentityProviderTokenSet? fresh, IdentityProviderTokenSet? held) =>
        fresh is null ? held
        : string.IsNullOrEmpty(fresh.RefreshToken) ? fresh with { RefreshToken = held?.RefreshToken }
        : fresh;
}
