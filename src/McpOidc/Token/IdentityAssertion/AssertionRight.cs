using System.Text.Json.Nodes;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.DPoP;
using McpOidc.Federation;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;

namespace McpOidc.Token.IdentityAssertion;

/// <summary>What a client may get with an assertion: configured individually for pre-registered clients, and by issuer and domain for
/// those with a metadata document.</summary>
internal sealed class AssertionRight(
    TrustedIssuers issuers,
    StaticClients configured,
    Clients clients,
    KnownResources resources,
    IdentityProviders providers,
    UserSessions users,
    SignInRight people
)
{
    /// <summary>The configured issuer of an assertion.</summary>
    public AssertionIssuerOptions? FindIssuer(JsonWebToken assertion) => issuers.Find(assertion.Issuer);

    /// <summary>The operator's settings of a pre-registered client.</summary>
    public ClientOptions? OptionsOf(string clientId) => configured.OptionsOf(clientId);

    /// <summary>The scopes that the client may get.</summary>
    /// <returns><see langword="null"/> if it may not use assertions of the issuer.</returns>
    public IEnumerable<string>? FindScopes(string clientId, AssertionIssuerOptions issuer) =>
        configured.OptionsOf(clientId) is { } client ? client.Scopes
        : IsOfDomain(clientId, issuer) ? issuer.Scopes
        : null;

    /// <summary>Whether the client has authenticated; one without a key must prove its token's key by DPoP.</summary>
    public async ValueTask<bool> IsProvenAsync(string clientId, ProvenKey? proven, CancellationToken cancellationToken) =>
        proven is not null || await clients.FindAsync(clientId, cancellationToken) is { IsPublic: false };

    /// <summary>
    /// The scopes allowed for the user; <see langword="null"/> if the user may not sign in. The decision uses the provider's claims from
    /// the user's last sign-in here unless they are too old, and otherwise those in the assertion.
    /// </summary>
    public async ValueTask<string[]?> JudgeAsync(
        JsonWebToken assertion,
        AssertionIssuerOptions issuer,
        string subject,
        JudgedRequest request,
        CancellationToken cancellationToken
    )
    {
        var provider = issuer.Provider is null ? null : providers.Find(TrustedPeople.NameOf(issuer));
        // Users of no configured provider are subject only to the rules of scopes.
        var options = provider?.Options ?? new IdentityProviderOptions();
        var user = provider is null ? null : await users.FindAsync(subject, cancellationToken);
        var person =
            user is not null && !people.AreClaimsOld(user, options)
                ? JudgedPerson.Of(user, provider!)
                : new JudgedPerson(subject, assertion.Subject, assertion.GetPayload(), options);
        var verdict = await people.JudgeAsync(person, request, cancellationToken);
        return verdict.Refusal is null ? [.. verdict.Scopes] : null;
    }

    /// <summary>The single resource allowed by the assertion, by the client's rights, and by the request if it specifies one.</summary>
    public RequestedResource? FindResource(JsonWebToken assertion, OpenIddictRequest request, string clientId)
    {
        RequestedResource[] found =
        [
            .. NamedBy(assertion).Select(resource => Find(clientId, resource)).OfType<RequestedResource>().DistinctBy(one => one.Options),
        ];
        return RequestedResource.NamedBy(request) switch
        {
            [] when found is [var only] => only,
            [var asked] when Find(clientId, asked) is { } requested => found.Any(one => one.Options == requested.Options)
                ? requested
                : null,
            _ => null,
        };
    }

    private RequestedResource? Find(string clientId, string resource) =>
        configured.OptionsOf(clientId) is not null
            ? configured.FindResource(clientId, resource)
            : RequestedResource.Find(resource, resources);

    // The draft allows one or several (§3.1, as RFC 8707 §2).
    private static string[] NamedBy(JsonWebToken assertion) =>
        assertion.GetPayload()["resource"] switch
        {
            JsonValue value when value.TryGetValue<string>(out var single) => [single],
            JsonArray several => several.OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var one) ? one : "").ToArray(),
            _ => [],
        };

    private static bool IsOfDomain(string clientId, AssertionIssuerOptions issuer) =>
        ClientIdUrl.IsUrl(clientId) && DomainPolicy.IsWithin(new Uri(clientId).Host, issuer.ClientDomains);
}
