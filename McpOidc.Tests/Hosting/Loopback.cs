using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOidc.Tests.Hosting;

/// <summary>Ports for servers that must know their own URL before they listen.</summary>
public static class Loopback
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<int> s_given = [];

    /// <summary>For clients: also trusts the certificates of <see cref="CreateCertificate"/>.</summary>
    public static SslClientAuthenticationOptions OwnCertificates =>
        new()
        {
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                errors == SslPolicyErrors.None || certificate?.Subject == "CN=localhost",
        };

    /// <summary>A self-signed certificate for localhost.</summary>
    public static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>
    /// A free port that no other test of this run was given. It is below the ephemeral range (Linux: from 32768), because an outgoing
    /// connection could otherwise take it before the server listens.
    /// </summary>
    public static int FreePort()
    {
        lock (s_gate)
        {
            while (true)
            {
                var port = Random.Shared.Next(12000, 32000);
                if (IsFree(IPAddress.Loopback, port) && IsFree(IPAddress.IPv6Loopback, port) && s_given.Add(port))
                {
                    return port;
                }
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            // A machine without IPv6.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
