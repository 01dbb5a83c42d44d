using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOidc.Tests.Hosting;

/// <summary>Ports for servers that have to know their own URL before they listen.</summary>
public static class Loopback
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<int> s_given = [];

    /// <summary>For clients: believes the certificates of <see cref="CreateCertificate"/> too.</summary>
    public static SslClientAuthenticationOptions OwnCertificates =>
        new()
        {
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                errors == SslPolicyErrors.None || certificate?.Subject == "CN=localhost",
        };

    /// <summary>A certificate for localhost that nobody signed.</summary>
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
    /// A port on which nobody listens, and which no other test of this run was given. Below those that the system gives to outgoing
    /// connections (Linux: from 32768): one of these could take it before the server listens.
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
