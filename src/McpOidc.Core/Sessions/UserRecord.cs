using System.Text.Json.Nodes;
using McpOidc.Consent;
using McpOidc.Federation;

namespace McpOidc.Sessions;

/// <summary>
/// The vault: a person at one identity provider, what the provider said of them, the provider's tokens, and what they consented to.
/// Encrypted as a whole. One per user and provider, because Google and Clerk hand out a refresh token once per user and not once per
/// sign-in (<c>docs/decisions/0005-vault-per-user.md</c>).
/// </summary>
internal sealed record UserRecord
{
    /// <summary>The <c>sub</c> of everything that this server issues for the person.</summary>
    public required string Subject { get; init; }
    public required string Provider { get; init; }

    /// <summary>The provider's name in the configuration; absent or empty for the one of <c>McpOidc:IdentityProvider</c>.</summary>
    public string? ProviderName { get; init; }

    /// <summary>The person's <c>sub</c> at the identity provider.</summary>
    public required string IdentityProviderSubject { get; init; }

    /// <summary>The verified claims of the id_token, merged with userinfo where the provider was asked for it.</summary>
    public required JsonObject Claims { get; init; }
    public JsonObject? CustomData { get; init; }

    /// <summary>The provider's tokens; absent once the provider said definitively that they are dead.</summary>
    public IdentityProviderTokenSet? Tokens { get; init; }

    /// <summary>Where the person is found by e-mail address; absent where no issuer of assertions names people so.</summary>
    public string? EmailIndex { get; init; }
    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>When the provider last said that the person is still there: at a sign-in, or by new tokens. So old are the
    /// tokens.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>When the provider last said what is in <see cref="Claims"/>; absent in records of before, and then at the
    /// sign-in.</summary>
    public DateTimeOffset? ClaimsReadAt { get; init; }

    /// <summary>Since when only another sign-in at the provider brings tokens. The next authorization request goes there, and until then
    /// the provider is not asked.</summary>
    public DateTimeOffset? NeedsPersonSince { get; init; }

    /// <summary>Until when nobody is sent to sign in for want of tokens: the last sign-in was for that, and another would bring no
    /// others.</summary>
    public DateTimeOffset? NotSentAgainUntil { get; init; }

    /// <summary>The digest of the refresh token that was sent and of which no answer came back: it may have been replaced.</summary>
    public string? UnansweredToken { get; init; }

    /// <summary>The digest of the access token for which a refresh was forced, because an API refused it.</summary>
    public string? ForcedFor { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public ConsentRecord[] Consents { get; init; } = [];

    /// <summary>When the person last took a consent back. What was allowed on a page that was opened before is asked about again.</summary>
    public DateTimeOffset? ConsentsForgottenAt { get; init; }

    /// <summary>The consents with a new one, unless the person has taken back since what was asked then.</summary>
    public ConsentRecord[] ConsentsWith(ConsentRecord? given) =>
        given is null || ConsentsForgottenAt > given.GivenAt ? Consents : given.AddTo(Consents);
}
