using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOidc.Configuration;

namespace McpOidc.Keys;

/// <summary>RSA-OAEP with SHA-256, by a certificate and its private key, for instance from a key vault.</summary>
internal sealed class CertificateKeyWrap(X509Certificate2 certificate) : IKeyWrap
{
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData).AsSpan(0, 8));

    public byte[] Wrap(byte[] key, uint keyId)
    {
        using var rsa = certificate.GetRSAPublicKey()!;
        return rsa.Encrypt([.. BitConverter.GetBytes(keyId), .. key], RSAEncryptionPadding.OaepSHA256);
    }

    public byte[] Unwrap(byte[] wrapped, uint keyId)
    {
        using var rsa = certificate.GetRSAPrivateKey()!;
        var content = rsa.Decrypt(wrapped, RSAEncryptionPadding.OaepSHA256);
        return content.Length > sizeof(uint) && BitConverter.ToUInt32(content) == keyId
            ? content[sizeof(uint)..]
            : throw new CryptographicException("The wrapped key does not have the expected id.");
    }

    /// <summary>Reads a certificate with its RSA key: PKCS #12, or PEM with both in one file.</summary>
    /// <exception cref="SettingException">It cannot be read, or has no RSA private key.</exception>
    public static CertificateKeyWrap Read(string setting, SecretCertificateOptions options)
    {
        try
        {
            var certificate = Path.GetExtension(options.Path) is ".pem" or ".crt"
                ? X509Certificate2.CreateFromPemFile(options.Path!)
                : X509CertificateLoader.LoadPkcs12FromFile(options.Path!, options.Password, X509KeyStorageFlags.EphemeralKeySet);
            using var rsa = certificate.GetRSAPrivateKey();
            return rsa is not null
                ? new CertificateKeyWrap(certificate)
                : throw new SettingException(
                    new(
                        setting,
                        "is a certificate without an RSA private key",
                        "Use a PKCS #12 file, or a PEM file with certificate and key."
                    )
                );
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            var problem = new SettingProblem(
                setting,
                $"is '{options.Path}', which cannot be read as a certificate",
                "Check path, permissions and password; use PKCS #12, or PEM with certificate and key."
            );
            throw new SettingException(problem, exception);
        }
    }
}
