using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOidc.Benchmarks.Load;

/// <summary>The certificate of this run, for <c>localhost</c>. Only processes of the rig trust it.</summary>
internal static class LoadCertificate
{
    private static readonly Lazy<(string Path, string KeyPath, X509Certificate2 Certificate)> s_files = new(Write);

    /// <summary>The certificate in PEM.</summary>
    public static string Path => s_files.Value.Path;

    /// <summary>Its private key in PEM.</summary>
    public static string KeyPath => s_files.Value.KeyPath;

    /// <summary>A handler that trusts this certificate and no other.</summary>
    public static SocketsHttpHandler TrustingHandler()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(s_files.Value.Certificate);
        return new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } };
    }

    private static (string, string, X509Certificate2) Write()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: false,
                pathLengthConstraint: 0,
                critical: true
            )
        );
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        var folder = Directory.CreateTempSubdirectory("mcpoidc-load-").FullName;
        var (path, keyPath) = (System.IO.Path.Combine(folder, "certificate.pem"), System.IO.Path.Combine(folder, "key.pem"));
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (path, keyPath, certificate);
    }
}
