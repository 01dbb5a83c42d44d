using McpOidc.Token;

namespace McpOidc.Sessions;

/// <summary>A session at an identity provider (<c>sid</c>) as stored here: hashed together with the provider's issuer.</summary>
internal static class ProviderSession
{
    public static string? From(string issuer, string? sid) => string.IsNullOrEmpty(sid) ? null : OpaqueToken.Hash($"{issuer}\n{sid}");
}
