namespace McpOidc.Registration;

/// <summary>An error of RFC 7591 §3.2.2, as a value.</summary>
/// <param name="Error">The code.</param>
/// <param name="Description">The field and the reason; ASCII only.</param>
internal sealed record RegistrationError(string Error, string Description)
{
    public static RegistrationError InvalidRedirectUri(string description) => new("invalid_redirect_uri", description);

    public static RegistrationError InvalidMetadata(string description) => new("invalid_client_metadata", description);
}
