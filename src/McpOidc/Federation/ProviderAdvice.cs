using McpOidc.Configuration;

namespace McpOidc.Federation;

/// <summary>What an operator can do about a failure of an identity provider: which setting to check, and against what.</summary>
internal static class ProviderAdvice
{
    /// <summary>The cause in one line, with the remedy if there is one. Contains no text from the provider.</summary>
    public static string Explain(IdentityProviderException exception, IdentityProviderOptions settings)
    {
        var cause = exception.Cause ?? ProviderAnswer.CauseOf(exception.Error, description: null);
        return string.Join(' ', new[] { $"{cause}.", cause.Verdict, For(cause, settings) }.OfType<string>());
    }

    /// <summary>The remedy, or <see langword="null"/> if only the provider or the user can act.</summary>
    public static string? For(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        ForVendorCode(cause, settings) ?? ForDocument(cause, settings) ?? ForRefusal(cause, settings) ?? ForAnswer(cause, settings);

    /// <summary>Whether an Entra ID code concerns the registration of this server rather than the user.</summary>
    public static bool IsAboutThisServer(string? vendorCode) => ForVendorCode(new("") { VendorCode = vendorCode }, new()) is not null;

    /// <summary>Whether an id_token rejected for this reason will be rejected again until a setting changes, here or at the
    /// provider.</summary>
    public static bool IsLasting(IdentityProviderCause cause) =>
        cause.Name
            is "id_token_algorithm"
                or "id_token_key"
                or "id_token_signature"
                or "id_token_issuer"
                or "id_token_audience"
                or "id_token_azp"
                or "id_token_expired"
                or "id_token_missing"
                or "user_subject";

    // https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    private static string? ForVendorCode(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause.VendorCode switch
        {
            "AADSTS7000222" => $"The client secret has expired: create a new one, and set {At(settings, "ClientSecret")} to its value.",
            "AADSTS7000215" => $"Set {At(settings, "ClientSecret")} to the value of the client secret, not to its id.",
            "AADSTS7000218" => $"The provider requires a client secret: set {At(settings, "ClientSecret")}.",
            "AADSTS700016" or "AADSTS90002" =>
                $"Compare {At(settings, "ClientId")}, and the tenant in {At(settings, "Issuer")}, with the app registration.",
            "AADSTS50011" or "AADSTS500113" or "AADSTS900971" => Callback(settings),
            "AADSTS70011" or "AADSTS650053" or "AADSTS28000" or "AADSTS90009" or "AADSTS9010010" => Scopes(settings),
            "AADSTS65001" or "AADSTS90094" => $"An administrator of the tenant must consent to the scopes in {At(settings, "Scopes")}.",
            "AADSTS50194" => $"Set {At(settings, "Issuer")} to the issuer of your tenant: the app registration is for a single tenant.",
            _ => null,
        };

    private static string? ForDocument(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause.Name is "discovery_authorization_endpoint" or "discovery_token_endpoint" or "discovery_jwks_uri"
            ? "The provider must publish it as an https URL: behind a proxy, it must know its public one."
        : cause.Name.StartsWith("discovery_", StringComparison.Ordinal)
            ? $"Compare {At(settings, "Issuer")} with the provider's console, including its path (realm, tenant); or a firewall answers in "
                + "its place."
        : cause.Name.StartsWith("keys_", StringComparison.Ordinal)
            ? "The provider must publish its signing keys at the jwks_uri of its discovery document; or a firewall answers in its place."
        : null;

    private static string? ForRefusal(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause switch
        {
            { Name: "pushed_request_required" } =>
                $"Set {At(settings, "PushAuthorizationRequests")} to true: the provider requires pushed authorization requests, although "
                    + "its discovery document does not say so.",
            { Name: "pkce" } => $"Enable PKCE with S256 at the provider, for the client of {At(settings, "ClientId")}.",
            { Error: "invalid_client" }
            or { Error: "unauthorized_client" or "access_denied", Status: 401 or 403 }
            or { Error: null, Status: 401 or 403 } when !IsOfUserEndpoint(cause) => Secret(settings),
            { Error: "unauthorized_client" or "unsupported_grant_type" or "unsupported_response_type" } =>
                $"Allow the authorization code flow at the provider, for the client of {At(settings, "ClientId")}.",
            { Error: "invalid_scope" } => Scopes(settings),
            { Error: "invalid_target" } =>
                $"Compare {At(settings, "AdditionalParameters")} and {At(settings, "Scopes")} with the APIs known to the provider.",
            { Error: "invalid_redirect_uri" or "redirect_uri_mismatch" } => Callback(settings),
            { Error: "invalid_request", Status: null } =>
                $"Compare {At(settings, "AdditionalParameters")} with what the provider accepts, and {At(settings, "ClientId")} with what "
                    + "it requires of this client (PKCE, pushed requests).",
            { Error: "invalid_grant" } => $"The code was late or already used. If every sign-in fails like this: {Callback(settings)}",
            _ => null,
        };

    // It rejects the user's token rather than this server's secret.
    private static bool IsOfUserEndpoint(IdentityProviderCause cause) => cause.Name.StartsWith("user_", StringComparison.Ordinal);

    private static string? ForAnswer(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause switch
        {
            { Name: "timeout" } => $"Find out why it is slow, or increase {At(settings, "Timeout")}.",
            { Name: "client_assertion_source" } => "Check the logged exception: the host's code or its machine identity failed.",
            { Name: "user_subject" } => $"Set {At(settings, "OAuth:Claims:sub")} to the member with the user's id.",
            _ when IsOfUserEndpoint(cause) =>
                $"Compare {At(settings, "OAuth:UserEndpoint")} and {At(settings, "Scopes")} with the provider's documentation.",
            { Name: "unreachable" } => "Allow connections to it: DNS, egress, HTTPS_PROXY, certificates.",
            { Name: "id_token_audience" or "id_token_azp" or "logout_token_audience" } =>
                $"Compare {At(settings, "ClientId")} with the provider's console.",
            { Name: "id_token_issuer" or "logout_token_issuer" } => $"Set {At(settings, "Issuer")} to the issuer in the provider's tokens.",
            { Name: "id_token_expired" or "logout_token_expired" } => "Compare the clocks of this machine and the provider (NTP).",
            { Name: "id_token_missing" } => $"{At(settings, "Scopes")} must contain openid.",
            { Name: "id_token_key" or "id_token_signature" or "logout_token_key" } => "The provider must publish its signing key.",
            { Name: "callback_issuer" } => $"Compare {At(settings, "Issuer")} with the issuer that the provider names.",
            { Name: "no_access_token" } or { Error: null, Status: >= 300 and < 500 and not (408 or 425 or 429) } =>
                $"The token endpoint may have moved, or a firewall answers in its place: compare {At(settings, "Issuer")} with the "
                    + "provider's console.",
            _ => null,
        };

    private static string Secret(IdentityProviderOptions settings) =>
        $"Compare {At(settings, "ClientId")} and {At(settings, "ClientSecret")} with the provider's console: the secret's value, not "
        + $"its id; it may have expired. If both are correct, the provider expects another {At(settings, "ClientAuthentication")}.";

    private static string Scopes(IdentityProviderOptions settings) =>
        $"Allow the scopes of {At(settings, "Scopes")} for the client at the provider, or request others.";

    private static string Callback(IdentityProviderOptions settings) =>
        $"Register the callback at the provider exactly as in {At(settings, "RedirectUri")} "
        + "(by default the issuer followed by /oauth/callback).";

    private static string At(IdentityProviderOptions settings, string name) => $"{settings.Path}:{name}";
}
