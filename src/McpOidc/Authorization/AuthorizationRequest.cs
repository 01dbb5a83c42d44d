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

/// <summary>A valid authorization request, with everything needed to decide about it.</summary>
internal sealed record AuthorizationRequest(OpenIddictRequest Parameters, ClientRecord Client, RequestedResource Resource)
{
    public string[] Scopes { get; init; } = [.. Parameters.GetScopes()];

    /// <summary>The user that the client expects by an <c>id_token_hint</c> (OpenID Connect Core §3.1.2.1); <see langword="null"/> for any
    /// user, empty for a hint that cannot be verified and matches no user.</summary>
    public string? ExpectedSubject { get; init; }

    /// <summary>Whether scopes were requested, and the user may have none of them.</summary>
    public bool IsLeftWithNothing => Scopes.Length == 0 && Parameters.GetScopes().Length > 0;

    public bool MayShowPages => !Parameters.HasPromptValue(PromptValues.None);

    /// <summary>The request in one line, for the sign-in's timeline.</summary>
    public string Describe(bool mustSignIn, bool mustConsent) =>
        $"Client {Client.Id} requests {string.Join(' ', Scopes)} at {Resource.Options.Uri}. Sign-in "
        + $"{(mustSignIn ? "needed" : "not needed")}, consent {(mustConsent ? "needed" : "not needed")}.";

    public bool Admits(string? subject) => ExpectedSubject is null || ExpectedSubject == subject;

    /// <summary>The browser session; <see langword="null"/> if it belongs to a different user than the client expects.</summary>
    public BrowserSessionRecord? Admit(BrowserSessionRecord? session) => Admits(session?.Subject) ? session : null;

    /// <summary>The parameters that are used later, as a query, stored during the sign-in.</summary>
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

    /// <summary>The client, resource and scopes that rules for users apply to.</summary>
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

    public bool NeedsConsent(UserRecord? user) =>
        user is null
        || Parameters.HasPromptValue(PromptValues.Consent)
        || Client.IsAnsweredToAnyProgram(Parameters.RedirectUri!)
        // When it is given makes no difference.
        || !user.Consents.Any(known => known.Covers(ToConsent(default)));

    /// <summary>Whether the user must authenticate again (OpenID Connect Core §3.1.2.1).</summary>
    public bool NeedsSignIn(UserRecord? user, BrowserSessionRecord? session, DateTimeOffset now) =>
        user is null
        || session is null
        || Parameters.HasPromptValue(PromptValues.SelectAccount)
        || AskedSignIn.Of(Parameters).NeedsAnother(session.ProviderAuthenticatedAt, now)
        || user.NeedsSignIn(now);
}
