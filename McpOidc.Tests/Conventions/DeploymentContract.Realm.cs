using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.DevIdp;

namespace McpOidc.Tests.Conventions;

/// <summary>
/// Checks the realm against the authorization server, the demo identity provider, and Keycloak 26's published representations.
/// </summary>
internal sealed partial class DeploymentContract
{
    // Keycloak accepts any string as an attribute; it would store an unknown one and ignore it.
    private static readonly Dictionary<string, JsonValueKind> s_clientAttributes = new[]
    {
        "pkce.code.challenge.method",
        "backchannel.logout.url",
        "backchannel.logout.session.required",
        "backchannel.logout.revoke.offline.tokens",
        "post.logout.redirect.uris",
        "access.token.lifespan",
    }.ToDictionary(name => name, _ => JsonValueKind.String, StringComparer.Ordinal);

    private static readonly string[] s_clientScopes =
    [
        "acr",
        "address",
        "basic",
        "email",
        "microprofile-jwt",
        "offline_access",
        "organization",
        "phone",
        "profile",
        "roles",
        "service_account",
        "web-origins",
    ];

    private static readonly string[] s_askedScopes = ["email", "profile", "offline_access"];

    private IEnumerable<string> RealmProblems()
    {
        var realm = JsonNode.Parse(Read(Realm))!.AsObject();
        var client = Items(realm["clients"])
            .Select(node => node.AsObject())
            .SingleOrDefault(client => Text(client, "clientId") == new DevIdpOptions().ClientId);
        if (client is null)
        {
            return ["The realm does not have the client of the demo identity provider."];
        }

        return
        [
            .. KeycloakRepresentations.ProblemsOf("realm", realm, KeycloakRepresentations.Realm),
            .. KeycloakRepresentations.ProblemsOf("client", client, KeycloakRepresentations.Client),
            .. KeycloakRepresentations.ProblemsOf("client's attributes", client["attributes"] as JsonObject ?? [], s_clientAttributes),
            .. ClientProblems(client),
            .. Is(realm, "enabled") && Text(realm, "sslRequired") == "none"
                ? Array.Empty<string>()
                : ["The realm is not reachable by http."],
            .. Items(realm["users"]).SelectMany(user => UserProblems(user.AsObject(), Text(realm, "realm"))),
            .. DemoProblems(realm),
        ];
    }

    private static IEnumerable<string> ClientProblems(JsonObject client)
    {
        var attributes = client["attributes"] ?? new JsonObject();
        var granted = Strings(client["defaultClientScopes"]).Concat(Strings(client["optionalClientScopes"])).ToList();
        (bool Holds, string Problem)[] rules =
        [
            (
                Text(client, "protocol") == "openid-connect" && Text(client, "clientAuthenticatorType") == "client-secret",
                "The client does not authenticate by its secret over OpenID Connect."
            ),
            (Text(attributes, "pkce.code.challenge.method") == "S256", "The client does not insist on PKCE."),
            (
                Is(client, "enabled")
                    && Is(client, "standardFlowEnabled")
                    && !Is(client, "publicClient")
                    && !Is(client, "implicitFlowEnabled")
                    && !Is(client, "directAccessGrantsEnabled"),
                "The client is not a confidential client for the code flow only."
            ),
            (Text(client, "secret") == "${MCPOIDC_CLIENT_SECRET}", "The client has a secret of its own."),
            (
                Strings(client["redirectUris"]).SequenceEqual(["${MCPOIDC_ORIGIN}" + EndpointPaths.Callback]),
                "The client does not return to the callback of the auth server, and nowhere else."
            ),
            (!s_askedScopes.Except(granted).Any(), "The client does not grant the scopes that the auth server asks for."),
            (!granted.Except(s_clientScopes).Any(), "The client has a scope that a new realm of Keycloak does not have."),
            (
                Text(attributes, "backchannel.logout.url") == "${MCPOIDC_ORIGIN_FOR_CONTAINERS}" + EndpointPaths.BackChannelLogout,
                "The back-channel logout does not lead to the auth server."
            ),
            (
                Text(attributes, "backchannel.logout.session.required") == "true" && !Is(client, "frontchannelLogout"),
                "The back-channel logout does not name the session."
            ),
        ];
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Problem);
    }

    private static IEnumerable<string> UserProblems(JsonObject user, string? realm)
    {
        var credential = Items(user["credentials"]).SingleOrDefault() as JsonObject ?? [];
        foreach (
            var unknown in KeycloakRepresentations
                .ProblemsOf("user", user, KeycloakRepresentations.User)
                .Concat(KeycloakRepresentations.ProblemsOf("credential", credential, KeycloakRepresentations.Credential))
        )
        {
            yield return unknown;
        }

        if (
            !Is(user, "enabled")
            || Is(credential, "temporary")
            || Text(credential, "type") != "password"
            || !Strings(user["realmRoles"]).SequenceEqual([$"default-roles-{realm}", "offline_access"])
        )
        {
            yield return $"{Text(user, "username")} cannot sign in and get refresh tokens.";
        }
    }

    /// <summary>The demo identity provider substitutes for Keycloak: it has the same users.</summary>
    private static IEnumerable<string> DemoProblems(JsonObject realm)
    {
        var people = Items(realm["users"]).Select(user => $"{user["username"]}/{user["credentials"]?[0]?["value"]}/{user["email"]}");
        if (!people.SequenceEqual(new DevIdpOptions().Users.Select(user => $"{user.UserName}/{user.Password}/{user.Email}")))
        {
            yield return "The demo identity provider knows other people.";
        }
    }

    private static bool Is(JsonObject node, string name) => node[name] is JsonValue value && value.GetValue<bool>();

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();

    private static IEnumerable<string> Strings(JsonNode? array) => Items(array).Select(item => item.GetValue<string>());

    private static IEnumerable<JsonNode> Items(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonNode>();
}
