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
/// The people of whom issuers of assertions may speak: each is who signs in here, at the provider that the settings name. Whoever they name
/// wrongly gets another person's vault, so that an e-mail address counts only within the domains of the issuer, where both sides call it
/// verified, and where one person has it.
/// </summary>
internal sealed class TrustedPeople(
    IdentityProviders providers,
    RecordStore records,
    IMcpOidcStore store,
    IRootKeys keys,
    IOptions<IdentityAssertionOptions> options
)
{
    /// <summary>Stands for the provider of <c>McpOidc:IdentityProvider</c>, which has no name.</summary>
    public const string DefaultProvider = "default";

    /// <summary>Where a person is found by the e-mail address of a sign-in; <see langword="null"/> where no issuer may name people by
    /// it.</summary>
    public async ValueTask<string?> FindIndexAsync(string providerName, IdentityProviderLogin login, CancellationToken cancellationToken) =>
        VerifiedEmail(login.Claims) is { } email
        && options.Value.Issuers.Any(issuer => IsByEmail(issuer, email) && NameOf(issuer) == providerName)
            ? Index((await keys.DeriveAsync(KeyPurpose.EmailIndex, cancellationToken))[0], login.Issuer, email)
            : null;

    /// <summary>The person whom an assertion is about.</summary>
    /// <returns>The subject here and the provider's issuer, or what is wrong.</returns>
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
            return (null, provider, "It names no verified e-mail address of a domain of its issuer.");
        }

        return await FindByEmailAsync(provider, email, cancellationToken) is [var only]
            ? (only, provider, null)
            : (null, provider, "Not exactly one person who signed in here has its e-mail address.");
    }

    private async Task<IReadOnlyList<string>> FindByEmailAsync(string provider, string email, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in await keys.DeriveAsync(KeyPurpose.EmailIndex, cancellationToken))
        {
            await foreach (var user in store.ListAsync(StoreKeys.OfEmail(Index(key, provider, email)), cancellationToken))
            {
                // The index says where to look, and the record who it is.
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

    /// <summary>The name of the provider at which the people of an issuer sign in.</summary>
    public static string NameOf(AssertionIssuerOptions issuer) => issuer.Provider is null or DefaultProvider ? "" : issuer.Provider;

    private static bool IsByEmail(AssertionIssuerOptions issuer, string email) =>
        issuer.PersonBy == AssertedPersonBy.Email
        && email.Split('@') is [_, var domain]
        && issuer.EmailDomains.Contains(domain, StringComparer.OrdinalIgnoreCase);

    // Mail servers hold to no case, and one mailbox in two spellings is one person.
    private static string? VerifiedEmail(JsonObject claims) =>
        claims["email_verified"] is JsonValue verified
        && verified.TryGetValue<bool>(out var isVerified)
        && isVerified
        && claims["email"] is JsonValue value
        && value.TryGetValue<string>(out var email)
            ? email.ToLowerInvariant()
            : null;

    // Addresses can be guessed: only who has the keys can tell whose index it is.
    private static string Index(DerivedKey key, string provider, string email) =>
        Base64UrlEncoder.Encode(HMACSHA256.HashData(key.Value, Encoding.UTF8.GetBytes($"{provider}\n{email}"))[..16]);
}
