using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOidc.Consent;
using McpOidc.Sessions;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.SignIn;

/// <summary>
/// One authorization request on its way through consent and the identity provider. Each step is taken once and keeps the next
/// under a new id, so that no step can be done twice; every step is bound to the browser that began it.
/// </summary>
internal sealed record Interaction
{
    /// <summary>In place of a client, where a page of this server asks for the sign-in. No client can have this id.</summary>
    public const string PageClient = "(page)";

    /// <summary>Random, the same through all steps, and known to nobody but this server.</summary>
    public required string Id { get; init; }

    public required InteractionStep Step { get; init; }

    /// <summary>SHA-256 of the browser's binding cookie.</summary>
    public required string BrowserHash { get; init; }

    /// <summary>The parameters of the authorization request, as a query without the leading question mark.</summary>
    public required string Query { get; init; }
    public required string ClientId { get; init; }

    /// <summary>The client in the words of the page; absent where a page of this server asks.</summary>
    public ClientSummary? Client { get; init; }

    /// <summary>The consent that the request needs, in the words of the page.</summary>
    public required ConsentRecord Asked { get; init; }
    public required string ResourceName { get; init; }

    /// <summary>Whether the person pressed Allow in this interaction.</summary>
    public bool Approved { get; init; }

    /// <summary>Whether the person wants not to be asked again.</summary>
    public bool Remember { get; init; }

    /// <summary>Whether the person asked for the answer to copy by hand, because the client runs on another computer.</summary>
    public bool HandOff { get; init; }

    /// <summary>Whether the person has to go to the identity provider after consent, although somebody may be signed in.</summary>
    public bool MustSignIn { get; init; }

    /// <summary>The identity provider that was chosen; absent before, empty for the one without a name.</summary>
    public string? ProviderName { get; init; }

    /// <summary>Whether the provider was told to ask for consent again, because it sent no refresh token.</summary>
    public bool AskedForRefreshToken { get; init; }

    /// <summary>Whether the provider is to let the person choose another account.</summary>
    public bool AsksForAnother { get; init; }

    /// <summary>Who may not sign in, while the page is shown that says so.</summary>
    public RefusedPerson? Refused { get; init; }

    /// <summary>Scopes of the request that not everybody may have, and that the page left out because nobody knew yet who asks.</summary>
    public string[]? HeldBack { get; init; }

    /// <summary>When the browser was first sent to the identity provider.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>What the identity provider's implementation asked to get back at the callback.</summary>
    public JsonObject? ProviderState { get; init; }

    /// <summary>The person, once known.</summary>
    public string? Subject { get; init; }
    public DateTimeOffset? AuthenticatedAt { get; init; }

    /// <summary>The session at the provider (<see cref="Sessions.ProviderSession"/>), where the provider names sessions.</summary>
    public string? ProviderSession { get; init; }

    /// <summary>The OAuth error to hand to the client instead of a code.</summary>
    public string? Error { get; init; }
    public string? ErrorDescription { get; init; }

    /// <summary>Whether trying again is of no use until the operator has changed something.</summary>
    public bool NeedsOperator { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The page of this server for which the person signs in; absent where a client asked.</summary>
    public string? ReturnTo { get; init; }

    /// <summary>By which version of its record of <see cref="TakenSteps"/> the next step is taken; absent where none was taken that
    /// way.</summary>
    public long? Mark { get; init; }

    /// <summary>What happened so far, for the operator who is asked why it went wrong.</summary>
    public TimelineStep[] Trail { get; init; } = [];

    /// <summary>A sign-in for a page of this server: no client, nothing to consent to.</summary>
    public static Interaction ForPage(
        string returnTo,
        string browserHash,
        string? provider,
        DateTimeOffset now,
        DateTimeOffset expiresAt
    ) =>
        new()
        {
            Id = OpaqueToken.CreateId(),
            Step = InteractionStep.Choose,
            BrowserHash = browserHash,
            Query = "",
            ClientId = PageClient,
            Asked = new ConsentRecord
            {
                ClientId = PageClient,
                MetadataHash = "",
                RedirectUri = "",
                Resource = "",
                Scopes = [],
                GivenAt = now,
            },
            ResourceName = "",
            MustSignIn = true,
            ProviderName = provider,
            ReturnTo = returnTo,
            ExpiresAt = expiresAt,
        };

    /// <summary>The interaction of the person who has come back from the provider. What somebody else allowed on a page that named them
    /// they allowed for themselves.</summary>
    public Interaction For(BrowserSessionRecord session)
    {
        var isAnother = Subject is not null && Subject != session.Subject;
        return this with
        {
            Approved = Approved && !isAnother,
            Remember = Remember && !isAnother,
            HandOff = HandOff && !isAnother,
            Subject = session.Subject,
            AuthenticatedAt = session.ToldAuthenticatedAt,
            ProviderSession = session.ProviderSession,
        };
    }

    /// <summary>The grant that comes out of it. There is one, however often it is answered.</summary>
    [JsonIgnore]
    public string GrantId => GrantOf(Id);

    public static string GrantOf(string interactionId) => OpaqueToken.DeriveId($"grant {interactionId}");

    /// <summary>The languages that the client asked for (OpenID Connect Core §3.1.2.1).</summary>
    [JsonIgnore]
    public string? UiLocales => QueryHelpers.ParseQuery(Query).TryGetValue("ui_locales", out var locales) ? locales.ToString() : null;
}
