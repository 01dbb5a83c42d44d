namespace McpOidc.Configuration;

/// <summary>A certificate with an RSA private key, whose public key wraps the keys in the store (RSA-OAEP, SHA-256).</summary>
public sealed class SecretCertificateOptions
{
    /// <summary>The file: PKCS #12, or PEM (<c>.pem</c>, <c>.crt</c>) with certificate and key. Its validity period is not checked.
    /// Default: none.</summary>
    public string? Path { get; set; }

    /// <summary>The password of a PKCS #12 file. Default: none.</summary>
    public string? Password { get; set; }
}
