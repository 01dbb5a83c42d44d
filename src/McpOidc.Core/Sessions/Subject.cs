using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Sessions;

/// <summary>The <c>sub</c> of a user: always the same for the same user of a provider, and different for every other user.</summary>
internal static class Subject
{
    public static string From(string upstreamIssuer, string upstreamSubject) =>
        Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{upstreamIssuer}\n{upstreamSubject}"))[..16]);
}
