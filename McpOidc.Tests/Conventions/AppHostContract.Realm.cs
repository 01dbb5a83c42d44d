using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.DevIdp;

namespace McpOidc.Tests.Conventions;

/// <summary>The realm against the AppHost, the auth server, the demo identity provider, and the representations that Keycloak 26 publishes.</summary>
internal sealed partial class AppHostContract
{
    // Members of RealmRepresentation, ClientRepresentation, UserRepresentation and CredentialRepresentation of Keycloak 26, as far as a
    // realm for development could use them (its admin REST API; org.keycloak.representations.idm). Keycloak refuses a file with others.
    private static readonly string[] s_realmMembers =
    [
        "id", "realm", "displayName", "displayNameHtml", "enabled", "sslRequired", "registrationAllowed", "rememberMe", "verifyEmail", "loginWithEmailAllowed",
        "resetPasswordAllowed", "bruteForceProtected", "accessTokenLifespan", "ssoSessionIdleTimeout", "ssoSessionMaxLifespan", "offlineSessionIdleTimeout",
        "offlineSessionMaxLifespanEnabled", "offlineSessionMaxLifespan", "revokeRefreshToken", "refreshTokenMaxReuse", "attributes", "roles", "groups", "clients", "clientScopes", "users",
    ];

    private static readonly string[] s_clientMembers =
    [
        "id", "clientId", "name", "description", "type", "rootUrl", "adminUrl", "baseUrl", "surrogateAuthRequired", "enabled", "alwaysDisplayInConsole", "clientAuthenticatorType",
        "secret", "redirectUris", "webOrigins", "notBefore", "bearerOnly", "consentRequired", "standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled",
        "serviceAccountsEnabled", "authorizationServicesEnabled", "publicClient", "frontchannelLogout", "protocol", "attributes", "authenticationFlowBindingOverrides",
        "fullScopeAllowed", "nodeReRegistrationTimeout", "protocolMappers", "defaultClientScopes", "optionalClientScopes",
    ];

    private static readonly string[] s_clientAttributes =
        ["pkce.code.challenge.method", "backchannel.logout.url", "backchannel.logout.session.required", "backchannel.logout.revoke.offline.tokens", "post.logout.redirect.uris", "access.token.lifespan"];

    private static readonly string[] s_clientScopes =
        ["acr", "address", "basic", "email", "microprofile-jwt", "offline_access", "organization", "phone", "profile", "roles", "service_account", "web-origins"];

    private static readonly string[] s_userMembers = ["id", "username", "firstName", "lastName", "email", "emailVerified", "enabled", "attributes", "credentials", "requiredActions", "realmRoles", "clientRoles", "groups"];

    private static readonly string[] s_credentialMembers = ["id", "type", "userLabel", "secretData", "credentialData", "priority", "value", "temporary"];

    private IEnumerable<string> RealmProblems()
    {
        var realm = JsonNode.Parse(Read(Realm))!.AsObject();
        var client = Items(realm["clients"]).Select(node => node.AsObject()).SingleOrDefault(client => Text(client, "clientId") == Value("McpOidc__Upstream__ClientId"));
        if (client is null)
        {
            return ["The realm has no client of the id that the auth server is given."];
        }

        return
        [
            .. Unknown("realm", realm, s_realmMembers), .. Unknown("client", client, s_clientMembers),
            .. Unknown("client's attributes", client["attributes"] as JsonObject ?? [], s_clientAttributes), .. ClientProblems(client),
            .. AppHost.Contains($"\"./realms\", \"{Text(realm, "realm")}\")", StringComparison.Ordinal) ? Array.Empty<string>() : ["The realm has another name than the AppHost gives it."],
            .. Items(realm["users"]).SelectMany(user => UserProblems(user.AsObject())), .. DemoProblems(realm),
        ];
    }

    private IEnumerable<string> ClientProblems(JsonObject client)
    {
        var origin = JsonNode.Parse(Read("McpOidc.AuthServer/Properties/launchSettings.json"))!["profiles"]!["http"]!["applicationUrl"]!.GetValue<string>();
        var attributes = client["attributes"] ?? new JsonObject();
        var logout = $"{origin.Replace("localhost", Value("McpOidc__AllowedHosts__0"), StringComparison.Ordinal)}{EndpointPaths.BackChannelLogout}";
        var granted = Strings(client["defaultClientScopes"]).Concat(Strings(client["optionalClientScopes"])).ToList();
        (bool Holds, string Problem)[] rules =
        [
            (Is(client, "enabled") && Is(client, "standardFlowEnabled") && !Is(client, "publicClient") && !Is(client, "implicitFlowEnabled") && !Is(client, "directAccessGrantsEnabled"), "The client is not a confidential client for the code flow only."),
            (Text(client, "secret") == Value("McpOidc__Upstream__ClientSecret"), "The client has another secret than the auth server is given."),
            (Strings(client["redirectUris"]).SequenceEqual([origin + EndpointPaths.Callback]), "The client does not return to the callback of the auth server, and nowhere else."),
            (!(Value("McpOidc__Upstream__Scopes") ?? "none").Split(' ').Except(granted.Append("openid")).Any(), "The client does not grant the scopes that the auth server asks for."),
            (!granted.Except(s_clientScopes).Any(), "The client has a scope that a new realm of Keycloak does not have."),
            (Text(attributes, "backchannel.logout.url") == logout, "The back-channel logout does not lead to the auth server."),
            (Text(attributes, "backchannel.logout.session.required") == "true" && !Is(client, "frontchannelLogout"), "The back-channel logout does not name the session."),
        ];
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Problem);
    }

    private static IEnumerable<string> UserProblems(JsonObject user)
    {
        var credential = Items(user["credentials"]).SingleOrDefault() as JsonObject ?? [];
        foreach (var unknown in Unknown("user", user, s_userMembers).Concat(Unknown("credential", credential, s_credentialMembers)))
        {
            yield return unknown;
        }

        if (!Is(user, "enabled") || Is(credential, "temporary") || Text(credential, "type") != "password" || !Strings(user["realmRoles"]).Contains("offline_access"))
        {
            yield return $"{Text(user, "username")} cannot sign in and get refresh tokens.";
        }
    }

    /// <summary>The demo identity provider stands for Keycloak: the same client, the same people.</summary>
    private IEnumerable<string> DemoProblems(JsonObject realm)
    {
        if (Value("DevIdp__ClientId") != Value("McpOidc__Upstream__ClientId") || Value("DevIdp__ClientSecret") != Value("McpOidc__Upstream__ClientSecret"))
        {
            yield return "The demo identity provider knows another client.";
        }

        var people = Items(realm["users"]).Select(user => $"{user["username"]}/{user["credentials"]?[0]?["value"]}/{user["email"]}");
        if (!people.SequenceEqual(new DevIdpOptions().Users.Select(user => $"{user.UserName}/{user.Password}/{user.Email}")))
        {
            yield return "The demo identity provider knows other people.";
        }
    }

    private static IEnumerable<string> Unknown(string what, JsonObject node, string[] members)
        => node.Select(member => member.Key).Except(members, StringComparer.Ordinal).Select(name => $"Keycloak knows no '{name}' in a {what}.");

    private static bool Is(JsonObject node, string name) => node[name] is JsonValue value && value.GetValue<bool>();

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();

    private static IEnumerable<string> Strings(JsonNode? array) => Items(array).Select(item => item.GetValue<string>());

    private static IEnumerable<JsonNode> Items(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonNode>();
}
