using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOidc.Consent;
using McpOidc.Sessions;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.SignIn;

/// <summary>
/// One authorization request on its way through consent and sign-in. Each step is taken once and stores the next under a new id, so that
/// no step is executed twice; every step is bound to the browser that started it.
/// </summary>
internal sealed record Interaction
{
    /// <summary>The client id if a page of this server requires the sign-in. No client can have this id.</summary>
    public const string PageClient = "(page)";

    /// <summary>Random, the same through all steps, and known only to this server.</summary>
    public required string Id { get; init; }

    public required InteractionStep Step { get; init; }

    /// <summary>SHA-256 of the browser's binding cookie.</summary>
    public required string BrowserHash { get; init; }

    /// <summary>The parameters of the authorization request, as a query without the leading question mark.</summary>
    public required string Query { get; init; }
    public required string ClientId { get; init; }

    /// <summary>The client's description for the page; absent if a page of this server requires the sign-in.</summary>
    public ClientSummary? Client { get; init; }

    /// <summary>The required consent, as shown on the page.</summary>
    public required ConsentRecord Asked { get; init; }
    public required string ResourceName { get; init; }

    /// <summary>Whether the user pressed Allow in this interaction.</summary>
    public bool Approved { get; init; }

    /// <summary>Whether the user does not want to be asked again.</summary>
    public bool Remember { get; init; }

    /// <summary>Whether the user wants to copy the response, because the client runs on another computer.</summary>
    public bool HandOff { get; init; }

    /// <summary>Whether the user must go to the identity provider after consent, even if already signed in.</summary>
    public bool MustSignIn { get; init; }

    /// <summary>The chosen identity provider; absent before, empty for the unnamed one.</summary>
    public string? ProviderName { get; init; }

    /// <summary>Whether the provider was told to ask for consent again because it sent no refresh token.</summary>
    public bool AskedForRefreshToken { get; init; }

    /// <summary>Whether the provider should let the user choose another account.</summary>
    public bool AsksForAnother { get; init; }

    /// <summary>The user who may not sign in, while the page says so.</summary>
    public RefusedPerson? Refused { get; init; }

    /// <summary>Requested scopes that are restricted to some users, and that the page omitted because the user was not yet
    /// known.</summary>
    public string[]? HeldBack { get; init; }

    /// <summary>When the browser was first sent to the identity provider.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The state of the identity provider's implementation, for the callback.</summary>
    public JsonObject? ProviderState { get; init; }

    /// <summary>The user, once known.</summary>
    public string? Subject { get; init; }
    public DateTimeOffset? AuthenticatedAt { get; init; }

    /// <summary>The session at the provider (<see cref="Sessions.ProviderSession"/>), if the provider names sessions.</summary>
    public string? ProviderSession { get; init; }

    /// <summary>The OAuth error for the client, instead of a code.</summary>
    public string? Error { get; init; }
    public string? ErrorDescription { get; init; }

    /// <summary>Whether a retry fails until the operator changes something.</summary>
    public bool NeedsOperator { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The page of this server for which the user signs in; absent for a client's request.</summary>
    public string? ReturnTo { get; init; }

    /// <summary>The version of its record of <see cref="TakenSteps"/> at which the next step is taken; absent if none was taken that
    /// way.</summary>
    public long? Mark { get; init; }

    /// <summary>The trail so far, for an operator who investigates a failure.</summary>
    public TimelineStep[] Trail { get; init; } = [];

    /// <summary>Creates a sign-in for a page of this server: without client or consent.</summary>
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

    /// <summary>The interaction of the user who has returned from the provider. A consent on a page that named a different user does not
    /// apply.</summary>
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

    /// <summary>The resulting grant. There is one, however often it is answered.</summary>
    [JsonIgnore]
    public string GrantId => GrantOf(Id);

    public static string GrantOf(string interactionId) => OpaqueToken.DeriveId($"grant {interactionId}");

    /// <summary>The languages that the client requested (OpenID Connect Core §3.1.2.1).</summary>
    [JsonIgnore]
    public string? UiLocales => QueryHelpers.ParseQuery(Query).TryGetValue("ui_locales", out var locales) ? locales.ToString() : null;
}
