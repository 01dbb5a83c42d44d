using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using McpOidc.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>The private key with which this server authenticates to a provider (<c>private_key_jwt</c>).</summary>
/// <param name="Key">The key, with its <c>kid</c> if it has one.</param>
/// <param name="Algorithms">The algorithms that it can sign with, preferred one first.</param>
/// <param name="Header">The header by which the provider finds the certificate.</param>
internal sealed record ClientKey(SecurityKey Key, IReadOnlyList<string> Algorithms, IDictionary<string, object> Header)
{
    private static readonly string[] s_rsa = ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"];

    /// <summary>The provider's supported algorithms.</summary>
    public string AlgorithmAt(IReadOnlyList<string> known) => Algorithms.FirstOrDefault(known.Contains) ?? Algorithms[0];

    /// <summary>The key from the settings, or from the configured file.</summary>
    /// <exception cref="FormatException">It is invalid. The message never repeats it.</exception>
    public static ClientKey Of(IdentityProviderOptions options)
    {
        if (options.ClientKey is { Length: > 0 } text)
        {
            return Read(text, options.ClientKeyId);
        }

        var bytes = File.ReadAllBytes(options.ClientKeyFile!);
        var start = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF', ' ', '\r', '\n', '\t');
        return start.StartsWith('{') || start.Contains("-----BEGIN", StringComparison.Ordinal)
            ? Read(start, options.ClientKeyId)
            : Read(() => ReadPkcs12(bytes, options.ClientKeyPassword), options.ClientKeyId);
    }

    /// <summary>Reads a JWK, or PEM with the private key and optionally its certificate.</summary>
    /// <exception cref="FormatException">It is neither. The message never repeats it.</exception>
    public static ClientKey Read(string text, string? keyId) =>
        Read(() => text.TrimStart().StartsWith('{') ? ReadJwk(text) : ReadPem(text.Replace("\\n", "\n", StringComparison.Ordinal)), keyId);

    private static ClientKey Read(Func<ClientKey> read, string? keyId)
    {
        try
        {
            var key = read();
            key.Key.KeyId = string.IsNullOrEmpty(keyId) ? key.Key.KeyId : keyId;
            // A key that cannot sign is reported at start rather than at the first sign-in.
            using var signer = key.Key.CryptoProviderFactory.CreateForSigning(key.Key, key.Algorithms[0]);
            return key;
        }
        catch (Exception exception)
            when (exception
                    is ArgumentException
                        or CryptographicException
                        or JsonException
                        or NotSupportedException
                        or InvalidOperationException
            )
        {
            throw new FormatException("Not a valid private key for signing.", exception);
        }
    }

    private static ClientKey ReadPkcs12(byte[] bytes, string? password)
    {
        using var certificate = X509CertificateLoader.LoadPkcs12(bytes, password, X509KeyStorageFlags.Exportable);
        SecurityKey key =
            certificate.GetRSAPrivateKey() is { } rsa ? new RsaSecurityKey(rsa)
            : certificate.GetECDsaPrivateKey() is { } curve ? new ECDsaSecurityKey(curve)
            : throw new FormatException("Not a private key of type RSA or EC.");
        return new ClientKey(key, AlgorithmsOf(key), HeaderOf(certificate));
    }

    private static Dictionary<string, object> HeaderOf(X509Certificate2 certificate) =>
        new() { ["x5t#S256"] = Base64UrlEncoder.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256)) };

    private static ClientKey ReadJwk(string text)
    {
        var jwk = new JsonWebKey(text);
        if (!jwk.HasPrivateKey || !JsonWebKeyConverter.TryConvertToSecurityKey(jwk, out var key))
        {
            throw new FormatException("Not a private key of type RSA or EC.");
        }

        key.KeyId = string.IsNullOrEmpty(jwk.Kid) ? Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint()) : jwk.Kid;
        return new ClientKey(key, string.IsNullOrEmpty(jwk.Alg) ? AlgorithmsOf(key) : [jwk.Alg], new Dictionary<string, object>());
    }

    private static ClientKey ReadPem(string text)
    {
        if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new FormatException("Not a private key.");
        }

        SecurityKey key = (SecurityKey?)ReadRsa(text) ?? ReadCurve(text);
        var header = new Dictionary<string, object>();
        if (text.Contains("BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            // Entra ID identifies a key by its certificate rather than a kid.
            using var certificate = X509Certificate2.CreateFromPem(text);
            header = HeaderOf(certificate);
        }
        else
        {
            key.KeyId = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        }

        return new ClientKey(key, AlgorithmsOf(key), header);
    }

    private static RsaSecurityKey? ReadRsa(string text)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(text);
            return new RsaSecurityKey(rsa);
        }
        // It may be of the other type.
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            rsa.Dispose();
            return null;
        }
    }

    private static ECDsaSecurityKey ReadCurve(string text)
    {
        var curve = ECDsa.Create();
        curve.ImportFromPem(text);
        return new ECDsaSecurityKey(curve);
    }

    private static string[] AlgorithmsOf(SecurityKey key) =>
        key switch
        {
            { KeySize: 256 } and ECDsaSecurityKey => ["ES256"],
            { KeySize: 384 } and ECDsaSecurityKey => ["ES384"],
            ECDsaSecurityKey => ["ES512"],
            RsaSecurityKey => s_rsa,
            _ => throw new FormatException("Not a key of type RSA or EC."),
        };
}
