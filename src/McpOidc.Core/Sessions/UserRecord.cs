using System.Text.Json.Nodes;
using McpOidc.Consent;
using McpOidc.Federation;

namespace McpOidc.Sessions;

/// <summary>
/// The vault: a user at one identity provider, with the provider's claims and tokens and the user's consents. Encrypted as a whole. One
/// per user and provider, because Google and Clerk issue a refresh token once per user rather than once per sign-in
/// (<c>docs/decisions/0005-vault-per-user.md</c>).
/// </summary>
internal sealed record UserRecord
{
    /// <summary>The <c>sub</c> in everything that this server issues for the user.</summary>
    public required string Subject { get; init; }
    public required string Provider { get; init; }

    /// <summary>The provider's name in the configuration; absent or empty for the one of <c>McpOidc:IdentityProvider</c>.</summary>
    public string? ProviderName { get; init; }

    /// <summary>The user's <c>sub</c> at the identity provider.</summary>
    public required string IdentityProviderSubject { get; init; }

    /// <summary>The verified claims of the id_token, merged with those of userinfo if it was called.</summary>
    public required JsonObject Claims { get; init; }
    public JsonObject? CustomData { get; init; }

    /// <summary>The provider's tokens; absent once the provider has declared them invalid, and if it issues none.</summary>
    public IdentityProviderTokenSet? Tokens { get; init; }

    /// <summary>Whether the provider issues no tokens, like an application that signs in its own users.</summary>
    public bool HasNoTokens { get; init; }

    /// <summary>The hash of the value that changes when all grants of the user must end (ASP.NET Core Identity: the security stamp);
    /// absent if the provider has none.</summary>
    public string? Stamp { get; init; }

    /// <summary>The index by e-mail address; absent if no issuer of assertions identifies users by it.</summary>
    public string? EmailIndex { get; init; }
    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>When the provider last confirmed the user, at a sign-in or by new tokens. Also the age of the tokens.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>When the provider last confirmed <see cref="Claims"/>; absent in older records, which means at sign-in.</summary>
    public DateTimeOffset? ClaimsReadAt { get; init; }

    /// <summary>Since when only another sign-in at the provider yields tokens. The next authorization request goes there, and until then
    /// the provider is not asked.</summary>
    public DateTimeOffset? NeedsPersonSince { get; init; }

    /// <summary>Until when missing tokens do not cause a sign-in: the last sign-in was for that reason, and another would bring no
    /// others.</summary>
    public DateTimeOffset? NotSentAgainUntil { get; init; }

    /// <summary>The digest of a refresh token that was sent without receiving a response: it may have been replaced.</summary>
    public string? UnansweredToken { get; init; }

    /// <summary>The digest of the access token for which a refresh was forced because an API rejected it.</summary>
    public string? ForcedFor { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public ConsentRecord[] Consents { get; init; } = [];

    /// <summary>When the user last withdrew consent. A consent from a page opened before that is asked for again.</summary>
    public DateTimeOffset? ConsentsForgottenAt { get; init; }

    /// <summary>Whether the user must sign in at the identity provider before granting anything: the provider ended our tokens, or they
    /// expired, and only a new sign-in gives tools usable ones.</summary>
    public bool NeedsSignIn(DateTimeOffset now) =>
        NeedsPersonSince is not null
        || (!HasNoTokens && !(Tokens is { } tokens && (!string.IsNullOrEmpty(tokens.RefreshToken) || !(tokens.ExpiresAt <= now))));

    /// <summary>The consents including a new one, unless the user has withdrawn consent since the page was opened.</summary>
    public ConsentRecord[] ConsentsWith(ConsentRecord? given) =>
        given is null || ConsentsForgottenAt > given.GivenAt ? Consents : given.AddTo(Consents);
}
