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

/// <summary>What a client may have by an assertion: the operator says it of clients of the settings one by one, and of those with a
/// metadata document by issuer and domain.</summary>
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
    /// <summary>The issuer of an assertion, as the settings have it.</summary>
    public AssertionIssuerOptions? FindIssuer(JsonWebToken assertion) => issuers.Find(assertion.Issuer);

    /// <summary>What the operator said of a client of the settings.</summary>
    public ClientOptions? OptionsOf(string clientId) => configured.OptionsOf(clientId);

    /// <summary>The scopes that the client may have.</summary>
    /// <returns><see langword="null"/> when it may not come with assertions of the issuer.</returns>
    public IEnumerable<string>? FindScopes(string clientId, AssertionIssuerOptions issuer) =>
        configured.OptionsOf(clientId) is { } client ? client.Scopes
        : IsOfDomain(clientId, issuer) ? issuer.Scopes
        : null;

    /// <summary>Whether the client can show that it is who it says; one that has no key of its own by the key of its token.</summary>
    public async ValueTask<bool> IsProvenAsync(string clientId, ProvenKey? proven, CancellationToken cancellationToken) =>
        proven is not null || await clients.FindAsync(clientId, cancellationToken) is { IsPublic: false };

    /// <summary>
    /// What the person may have of the scopes; <see langword="null"/> where they may not sign in. They are judged by what the provider said
    /// at their last sign-in here while that is not too old, otherwise by what the assertion says.
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
        // Of people whom no provider of ours knows there are no rules but those of scopes.
        var options = provider?.Options ?? new IdentityProviderOptions();
        var user = provider is null ? null : await users.FindAsync(subject, cancellationToken);
        var person =
            user is not null && !people.AreClaimsOld(user, options)
                ? JudgedPerson.Of(user, provider!)
                : new JudgedPerson(subject, assertion.Subject, assertion.GetPayload(), options);
        var verdict = await people.JudgeAsync(person, request, cancellationToken);
        return verdict.Refusal is null ? [.. verdict.Scopes] : null;
    }

    /// <summary>The one resource that both the assertion and the client's rights name, and the request where it names one.</summary>
    public RequestedResource? FindResource(JsonWebToken assertion, OpenIddictRequest request, string clientId)
    {
        RequestedResource[] found =
        [
            .. NamedBy(assertion).Select(resource => Find(clientId, resource)).OfType<RequestedResource>().DistinctBy(one => one.Options),
        ];
        return request.GetResources() switch
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

    // The draft has one or several (§3.1, as RFC 8707 §2).
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
