using McpOidc.Configuration;

namespace McpOidc.Federation;

/// <summary>What an operator can do about a failure of an identity provider: which setting it is, and what to compare it with.</summary>
internal static class ProviderAdvice
{
    /// <summary>The cause in a line, with the remedy where there is one. Nothing of it is the provider's text.</summary>
    public static string Explain(IdentityProviderException exception, IdentityProviderOptions settings)
    {
        var cause = exception.Cause ?? ProviderAnswer.CauseOf(exception.Error, description: null);
        return string.Join(' ', new[] { $"{cause}.", cause.Verdict, For(cause, settings) }.OfType<string>());
    }

    /// <summary>The remedy, or <see langword="null"/> where nobody but the provider or the person can do something.</summary>
    public static string? For(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        ForVendorCode(cause, settings) ?? ForDocument(cause, settings) ?? ForRefusal(cause, settings) ?? ForAnswer(cause, settings);

    /// <summary>Whether a code of Entra ID is about the registration of this server, and not about the person.</summary>
    public static bool IsAboutThisServer(string? vendorCode) => ForVendorCode(new("") { VendorCode = vendorCode }, new()) is not null;

    /// <summary>Whether an id_token that was refused for this reason will be refused again until somebody changes a setting, here or at
    /// the provider.</summary>
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
            "AADSTS7000222" => $"The client secret has run out: make a new one, and set {At(settings, "ClientSecret")} to its value.",
            "AADSTS7000215" => $"Set {At(settings, "ClientSecret")} to the value of the client secret, not to its id.",
            "AADSTS7000218" => $"The provider wants a client secret: set {At(settings, "ClientSecret")}.",
            "AADSTS700016" or "AADSTS90002" =>
                $"Compare {At(settings, "ClientId")}, and the tenant in {At(settings, "Issuer")}, with the app registration.",
            "AADSTS50011" or "AADSTS500113" or "AADSTS900971" => Callback(settings),
            "AADSTS70011" or "AADSTS650053" or "AADSTS28000" or "AADSTS90009" or "AADSTS9010010" => Scopes(settings),
            "AADSTS65001" or "AADSTS90094" => $"An administrator of the tenant has to consent to what {At(settings, "Scopes")} names.",
            "AADSTS50194" => $"Set {At(settings, "Issuer")} to the issuer of your tenant: the app registration is for one only.",
            _ => null,
        };

    private static string? ForDocument(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause.Name.StartsWith("discovery_", StringComparison.Ordinal)
            ? $"Compare {At(settings, "Issuer")} with the provider's console, with its path (realm, tenant); or a firewall answers in its "
                + "place."
        : cause.Name.StartsWith("keys_", StringComparison.Ordinal)
            ? "The provider has to publish its signing keys at the jwks_uri of its discovery document; or a firewall answers in its place."
        : null;

    private static string? ForRefusal(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause switch
        {
            { Name: "pushed_request_required" } =>
                $"Set {At(settings, "PushAuthorizationRequests")} to true: the provider takes pushed authorization requests only, and its "
                    + "discovery document does not say so.",
            { Name: "pkce" } => $"Switch PKCE with S256 on at the provider, for the client of {At(settings, "ClientId")}.",
            { Error: "invalid_client" }
            or { Error: "unauthorized_client" or "access_denied", Status: 401 or 403 }
            or { Error: null, Status: 401 or 403 } when !IsOfUserEndpoint(cause) => Secret(settings),
            { Error: "unauthorized_client" or "unsupported_grant_type" or "unsupported_response_type" } =>
                $"Allow the authorization code flow at the provider, for the client of {At(settings, "ClientId")}.",
            { Error: "invalid_scope" } => Scopes(settings),
            { Error: "invalid_target" } =>
                $"Compare {At(settings, "AdditionalParameters")} and {At(settings, "Scopes")} with the APIs that the provider knows.",
            { Error: "invalid_redirect_uri" or "redirect_uri_mismatch" } => Callback(settings),
            { Error: "invalid_request", Status: null } =>
                $"Compare {At(settings, "AdditionalParameters")} with what the provider takes, and {At(settings, "ClientId")} with what it "
                    + "wants of this client (PKCE, pushed requests).",
            { Error: "invalid_grant" } => $"The code came too late, or twice. Where every sign-in ends so: {Callback(settings)}",
            _ => null,
        };

    // What it refuses is the person's token, and not this server's secret.
    private static bool IsOfUserEndpoint(IdentityProviderCause cause) => cause.Name.StartsWith("user_", StringComparison.Ordinal);

    private static string? ForAnswer(IdentityProviderCause cause, IdentityProviderOptions settings) =>
        cause switch
        {
            { Name: "timeout" } => $"Look why it is slow, or raise {At(settings, "Timeout")}.",
            { Name: "client_assertion_source" } => "Look at the exception beside it: the host's code, or the identity of its machine.",
            { Name: "user_subject" } => $"Set {At(settings, "OAuth:Claims:sub")} to the member that numbers people.",
            _ when IsOfUserEndpoint(cause) =>
                $"Compare {At(settings, "OAuth:UserEndpoint")} and {At(settings, "Scopes")} with the provider's documentation.",
            { Name: "unreachable" } => "Open the way to it: DNS, egress, HTTPS_PROXY, certificates.",
            { Name: "id_token_audience" or "id_token_azp" } => $"Compare {At(settings, "ClientId")} with the provider's console.",
            { Name: "id_token_issuer" } => $"Set {At(settings, "Issuer")} to the issuer that the provider's tokens carry.",
            { Name: "id_token_expired" } => "Compare the clocks of this machine and of the provider (NTP).",
            { Name: "id_token_missing" } => $"{At(settings, "Scopes")} has to have openid.",
            { Name: "id_token_key" or "id_token_signature" } => "The provider has to publish the key that it signs with.",
            { Name: "callback_issuer" } => $"Compare {At(settings, "Issuer")} with the issuer that the provider names.",
            { Name: "no_access_token" } or { Error: null, Status: >= 300 and < 500 and not (408 or 425 or 429) } =>
                $"The token endpoint may have moved, or a firewall answers in its place: compare {At(settings, "Issuer")} with the "
                    + "provider's console.",
            _ => null,
        };

    private static string Secret(IdentityProviderOptions settings) =>
        $"Compare {At(settings, "ClientId")} and {At(settings, "ClientSecret")} with the provider's console: the value of the secret, not "
        + $"its id; it may have run out. Where both are right, the provider wants another {At(settings, "ClientAuthentication")}.";

    private static string Scopes(IdentityProviderOptions settings) =>
        $"Allow the scopes of {At(settings, "Scopes")} for the client at the provider, or ask for others.";

    private static string Callback(IdentityProviderOptions settings) =>
        $"Register the callback at the provider, character by character as {At(settings, "RedirectUri")} has it "
        + "(by default the issuer followed by /oauth/callback).";

    private static string At(IdentityProviderOptions settings, string name) => $"{settings.Path}:{name}";
}
