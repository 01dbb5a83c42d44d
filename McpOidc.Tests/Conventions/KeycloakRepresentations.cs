using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpOidc.Tests.Conventions;

/// <summary>
/// What Keycloak 26.6, the version that the AppHost starts, accepts in a realm file: members and their types, as its project publishes them
/// in <c>@keycloak/keycloak-admin-client</c> 26.6.4 (<c>lib/defs/*Representation.d.ts</c>, after <c>org.keycloak.representations.idm</c>).
/// It rejects a file with others.
/// </summary>
internal static class KeycloakRepresentations
{
    public static IReadOnlyDictionary<string, JsonValueKind> Realm { get; } =
        Members(
            strings: """
            accountTheme adminTheme browserFlow bruteForceStrategy clientAuthenticationFlow defaultLocale defaultSignatureAlgorithm directGrantFlow
            displayName displayNameHtml dockerAuthenticationFlow emailTheme id keycloakVersion loginTheme otpPolicyAlgorithm otpPolicyType
            passwordPolicy realm registrationFlow resetCredentialsFlow sslRequired
            """,
            booleans: """
            adminEventsDetailsEnabled adminEventsEnabled adminPermissionsEnabled bruteForceProtected duplicateEmailsAllowed editUsernameAllowed enabled
            eventsEnabled internationalizationEnabled loginWithEmailAllowed offlineSessionMaxLifespanEnabled organizationsEnabled otpPolicyCodeReusable
            permanentLockout registrationAllowed registrationEmailAsUsername rememberMe resetPasswordAllowed revokeRefreshToken scimApiEnabled
            userManagedAccessAllowed verifiableCredentialsEnabled verifyEmail
            """,
            numbers: """
            accessCodeLifespan accessCodeLifespanLogin accessCodeLifespanUserAction accessTokenLifespan accessTokenLifespanForImplicitFlow
            actionTokenGeneratedByAdminLifespan actionTokenGeneratedByUserLifespan clientOfflineSessionIdleTimeout clientOfflineSessionMaxLifespan
            clientSessionIdleTimeout clientSessionMaxLifespan eventsExpiration failureFactor maxDeltaTimeSeconds maxFailureWaitSeconds
            maxSecondaryAuthFailures maxTemporaryLockouts minimumQuickLoginWaitSeconds notBefore oauth2DeviceCodeLifespan oauth2DevicePollingInterval
            offlineSessionIdleTimeout offlineSessionMaxLifespan otpPolicyDigits otpPolicyInitialCounter otpPolicyLookAheadWindow otpPolicyPeriod
            quickLoginCheckMilliSeconds refreshTokenMaxReuse ssoSessionIdleTimeout ssoSessionIdleTimeoutRememberMe ssoSessionMaxLifespan
            ssoSessionMaxLifespanRememberMe waitIncrementSeconds
            """,
            lists: """
            authenticationFlows authenticatorConfig clientScopes clients defaultDefaultClientScopes defaultGroups defaultOptionalClientScopes
            defaultRoles enabledEventTypes eventsListeners federatedUsers groups identityProviderMappers identityProviders otpSupportedApplications
            protocolMappers requiredActions scopeMappings supportedLocales userFederationMappers userFederationProviders users
            """,
            objects: """
            adminPermissionsClient attributes browserSecurityHeaders clientPolicies clientProfiles clientScopeMappings components defaultRole roles
            smtpServer
            """
        );

    public static IReadOnlyDictionary<string, JsonValueKind> Client { get; } =
        Members(
            strings: "adminUrl baseUrl clientAuthenticatorType clientId description id name origin protocol registrationAccessToken "
                + "rootUrl secret",
            booleans: """
            alwaysDisplayInConsole authorizationServicesEnabled bearerOnly consentRequired directAccessGrantsEnabled enabled frontchannelLogout
            fullScopeAllowed implicitFlowEnabled publicClient serviceAccountsEnabled standardFlowEnabled surrogateAuthRequired
            """,
            numbers: "nodeReRegistrationTimeout notBefore",
            lists: "defaultClientScopes defaultRoles optionalClientScopes protocolMappers redirectUris webOrigins",
            objects: "access attributes authenticationFlowBindingOverrides authorizationSettings registeredNodes"
        );

    public static IReadOnlyDictionary<string, JsonValueKind> User { get; } =
        Members(
            strings: "email federationLink firstName id lastName self serviceAccountClientId username",
            booleans: "emailVerified enabled totp",
            numbers: "createdTimestamp notBefore",
            lists: "clientConsents credentials disableableCredentialTypes federatedIdentities groups realmRoles requiredActions",
            objects: "access attributes clientRoles userProfileMetadata"
        );

    public static IReadOnlyDictionary<string, JsonValueKind> Credential { get; } =
        Members(
            strings: "credentialData federationLink id secretData type userLabel value",
            booleans: "temporary",
            numbers: "createdDate priority"
        );

    /// <summary>Problems with the members of an object, as sentences.</summary>
    public static IEnumerable<string> ProblemsOf(string what, JsonObject node, IReadOnlyDictionary<string, JsonValueKind> members)
    {
        foreach (var (name, value) in node)
        {
            if (!members.TryGetValue(name, out var kind))
            {
                yield return $"Keycloak knows no '{name}' in a {what}.";
            }
            else if (KindOf(value) != kind)
            {
                yield return $"Keycloak wants {kind} for '{name}' of a {what}.";
            }
        }
    }

    private static JsonValueKind KindOf(JsonNode? value) =>
        value?.GetValueKind() is { } kind and not JsonValueKind.False ? kind
        : value is null ? JsonValueKind.Null
        : JsonValueKind.True;

    private static Dictionary<string, JsonValueKind> Members(
        string strings = "",
        string booleans = "",
        string numbers = "",
        string lists = "",
        string objects = ""
    ) =>
        new[]
        {
            (strings, JsonValueKind.String),
            (booleans, JsonValueKind.True),
            (numbers, JsonValueKind.Number),
            (lists, JsonValueKind.Array),
            (objects, JsonValueKind.Object),
        }
            .SelectMany(kind =>
                kind.Item1.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(name => (Name: name, Kind: kind.Item2))
            )
            .ToDictionary(member => member.Name, member => member.Kind, StringComparer.Ordinal);
}
