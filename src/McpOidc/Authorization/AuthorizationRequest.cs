using System.Collections.Immutable;
using McpOidc.Consent;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Rules;
using Microsoft.AspNetCore.Http.Extensions;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>A valid authorization request, with all that a decision about it needs.</summary>
internal sealed record AuthorizationRequest(OpenIddictRequest Parameters, ClientRecord Client, RequestedResource Resource)
{
    public string[] Scopes { get; init; } = [.. Parameters.GetScopes()];

    /// <summary>The person that the client expects by an <c>id_token_hint</c> (OpenID Connect Core §3.1.2.1); <see langword="null"/> for
    /// anybody, empty where the hint cannot be verified and so names nobody.</summary>
    public string? ExpectedSubject { get; init; }

    public bool MayShowPages => !Parameters.HasPromptValue(PromptValues.None);

    /// <summary>The request in a line, for the operator who looks into a sign-in.</summary>
    public string Describe(bool mustSignIn, bool mustConsent) =>
        $"Client {Client.Id} asks for {string.Join(' ', Scopes)} at {Resource.Options.Uri}. Sign-in "
        + $"{(mustSignIn ? "needed" : "not needed")}, consent {(mustConsent ? "needed" : "not needed")}.";

    public bool Admits(string? subject) => ExpectedSubject is null || ExpectedSubject == subject;

    /// <summary>The session of the browser; for somebody else than the client expects it is none.</summary>
    public BrowserSessionRecord? Admit(BrowserSessionRecord? session) => Admits(session?.Subject) ? session : null;

    /// <summary>The parameters that somebody reads as a query, to be kept while the person is away.</summary>
    public string ToQuery(KeptParameters kept)
    {
        var query = new QueryBuilder();
        foreach (var (name, value) in Parameters.GetParameters().Where(parameter => kept.Keeps(parameter.Key)))
        {
            foreach (var item in (ImmutableArray<string?>?)value ?? [])
            {
                query.Add(name, item ?? "");
            }
        }

        return query.ToString().TrimStart('?');
    }

    /// <summary>What the person is judged for.</summary>
    public JudgedRequest ToJudge() => new(Client.Id, Resource.Options.Uri, Scopes);

    /// <summary>The consent that this request needs.</summary>
    public ConsentRecord ToConsent(DateTimeOffset now) =>
        new()
        {
            ClientId = Client.Id,
            MetadataHash = Client.MetadataHash,
            RedirectUri = RedirectUriMatch.WithoutLoopbackPort(Parameters.RedirectUri!),
            Resource = Resource.Options.Uri,
            Scopes = Scopes,
            GivenAt = now,
        };

    public bool NeedsConsent(UserRecord? user, DateTimeOffset now) =>
        user is null
        || Parameters.HasPromptValue(PromptValues.Consent)
        || Client.IsAnsweredToAnyProgram(Parameters.RedirectUri!)
        || !user.Consents.Any(known => known.Covers(ToConsent(now)));

    /// <summary>Whether the person has to prove again who they are (OpenID Connect Core §3.1.2.1).</summary>
    public bool NeedsSignIn(UserRecord? user, BrowserSessionRecord? session, DateTimeOffset now) =>
        user is null
        || session is null
        || Parameters.HasPromptValue(PromptValues.SelectAccount)
        || AskedSignIn.Of(Parameters).NeedsAnother(session.ProviderAuthenticatedAt, now)
        // The identity provider ended what we hold, or it has run out: only a new sign-in gives tools something to work with.
        || user.NeedsPersonSince is not null
        || user.Tokens is not { } tokens
        || (string.IsNullOrEmpty(tokens.RefreshToken) && tokens.ExpiresAt <= now);
}
