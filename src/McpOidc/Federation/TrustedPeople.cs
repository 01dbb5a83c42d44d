using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>
/// The users that issuers of assertions may identify: those who sign in here at the configured provider. A wrong identification would give
/// access to another user's vault, so an e-mail address counts only within the issuer's domains, if both sides report it as verified, and
/// if exactly one user has it.
/// </summary>
internal sealed class TrustedPeople(
    IdentityProviders providers,
    RecordStore records,
    IMcpOidcStore store,
    IRootKeys keys,
    IOptions<IdentityAssertionOptions> options
)
{
    /// <summary>The name that stands for the unnamed provider of <c>McpOidc:IdentityProvider</c>.</summary>
    public const string DefaultProvider = "default";

    /// <summary>The index of a user by the e-mail address of a sign-in; <see langword="null"/> if no issuer may identify users by
    /// it.</summary>
    public async ValueTask<string?> FindIndexAsync(string providerName, IdentityProviderLogin login, CancellationToken cancellationToken) =>
        VerifiedEmail(login.Claims) is { } email
        && options.Value.Issuers.Any(issuer => IsByEmail(issuer, email) && NameOf(issuer) == providerName)
            ? Index((await keys.DeriveAsync(KeyPurpose.EmailIndex, cancellationToken))[0], login.Issuer, email)
            : null;

    /// <summary>Finds the user that an assertion identifies.</summary>
    /// <returns>The subject here and the provider's issuer, or an error description.</returns>
    public async ValueTask<(string? Subject, string Provider, string? Problem)> FindAsync(
        JsonWebToken assertion,
        AssertionIssuerOptions issuer,
        CancellationToken cancellationToken
    )
    {
        if (issuer.Provider is null)
        {
            return (Subject.From(assertion.Issuer, assertion.Subject), assertion.Issuer, null);
        }

        var provider = providers.Find(NameOf(issuer))!.Options.Issuer!;
        if (issuer.PersonBy == AssertedPersonBy.Subject)
        {
            return (Subject.From(provider, assertion.Subject), provider, null);
        }

        if (VerifiedEmail(assertion.GetPayload()) is not { } email || !IsByEmail(issuer, email))
        {
            return (null, provider, "The assertion has no verified e-mail address in a domain of its issuer.");
        }

        return await FindByEmailAsync(provider, email, cancellationToken) is [var only]
            ? (only, provider, null)
            : (null, provider, "The assertion's e-mail address does not belong to exactly one user who has signed in here.");
    }

    private async Task<IReadOnlyList<string>> FindByEmailAsync(string provider, string email, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in await keys.DeriveAsync(KeyPurpose.EmailIndex, cancellationToken))
        {
            await foreach (var user in store.ListAsync(StoreKeys.OfEmail(Index(key, provider, email)), cancellationToken))
            {
                // The index only narrows the search; the record decides.
                if (
                    (await records.GetAsync(StoreKeys.User, StoreKeys.User.Id(user), cancellationToken))?.Value is { } record
                    && record.Provider == provider
                    && VerifiedEmail(record.Claims) == email
                )
                {
                    found.Add(record.Subject);
                }
            }
        }

        return [.. found];
    }

    /// <summary>The name of the provider at which an issuer's users sign in.</summary>
    public static string NameOf(AssertionIssuerOptions issuer) => issuer.Provider is null or DefaultProvider ? "" : issuer.Provider;

    private static bool IsByEmail(AssertionIssuerOptions issuer, string email) =>
        issuer.PersonBy == AssertedPersonBy.Email
        && email.Split('@') is [_, var domain]
        && issuer.EmailDomains.Contains(domain, StringComparer.OrdinalIgnoreCase);

    // Mail servers ignore case, so two spellings are one mailbox and one user.
    private static string? VerifiedEmail(JsonObject claims) =>
        claims["email_verified"] is JsonValue verified
        && verified.TryGetValue<bool>(out var isVerified)
        && isVerified
        && claims["email"] is JsonValue value
        && value.TryGetValue<string>(out var email)
            ? email.ToLowerInvariant()
            : null;

    // E-mail addresses can be guessed: only the holder of the keys can tell whose index it is.
    private static string Index(DerivedKey key, string provider, string email) =>
        Base64UrlEncoder.Encode(HMACSHA256.HashData(key.Value, Encoding.UTF8.GetBytes($"{provider}\n{email}"))[..16]);
}
