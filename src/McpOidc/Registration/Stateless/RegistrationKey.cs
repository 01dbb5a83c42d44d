using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Registration.Stateless;

/// <summary>Authenticates stateless registrations, with a separate key for each purpose (HKDF-SHA256, RFC 5869).</summary>
internal sealed class RegistrationKey(byte[] secret)
{
    private readonly byte[] _id = Derive(secret, "McpOidc stateless client id v1");
    private readonly byte[] _clientSecret = Derive(secret, "McpOidc stateless client secret v1");
    private readonly byte[] _managementToken = Derive(secret, "McpOidc stateless registration access token v1");

    public static RegistrationKey Of(string secret) => new(Encoding.UTF8.GetBytes(secret));

    /// <summary>Includes version and issuer, so that an id is valid only at the server and in the format of its creation. The body
    /// contains the client authentication method.</summary>
    public byte[] MacOf(string issuer, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _id);
        var name = Encoding.UTF8.GetBytes(issuer);
        mac.AppendData([StatelessFormat.Version]);
        mac.AppendData(BitConverter.GetBytes(name.Length));
        mac.AppendData(name);
        mac.AppendData(body);
        return mac.GetHashAndReset()[..StatelessFormat.MacSize];
    }

    public string SecretOf(string clientId) => Of(_clientSecret, clientId);

    public string ManagementTokenOf(string clientId) => Of(_managementToken, clientId);

    // 43 characters, like those of OpaqueToken.
    private static string Of(byte[] key, string clientId) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(clientId)));

    private static byte[] Derive(byte[] secret, string label) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, outputLength: 32, info: Encoding.ASCII.GetBytes(label));
}
