using Microsoft.IdentityModel.JsonWebTokens;

namespace McpOidc.Keys;

/// <summary>Reads JWTs from untrusted callers, before any of their content is verified.</summary>
internal static class CompactJwt
{
    private const int Parts = 3;

    /// <returns><see langword="null"/> for a text that is not a signed JWT in compact form (RFC 7515 §3.1).</returns>
    public static JsonWebToken? Read(string? value, int maximumLength)
    {
        // Five parts would be an encrypted JWT, which is never expected here and whose reader throws other exceptions.
        if (string.IsNullOrEmpty(value) || value.Length > maximumLength || value.Count(character => character == '.') != Parts - 1)
        {
            return null;
        }

        try
        {
            return new JsonWebToken(value);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
