using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Identifies an access token of the provider without revealing it.</summary>
internal static class RefusedToken
{
    public static string DigestOf(string accessToken) =>
        Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(accessToken))[..16]);
}
