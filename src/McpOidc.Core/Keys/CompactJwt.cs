using Microsoft.IdentityModel.JsonWebTokens;

namespace McpOidc.Keys;

/// <summary>Reads JWTs that strangers send, before anything of them is verified.</summary>
internal static class CompactJwt
{
    private const int Parts = 3;

    /// <returns><see langword="null"/> for whatever is no signed JWT in its compact form (RFC 7515 §3.1).</returns>
    public static JsonWebToken? Read(string? value, int maximumLength)
    {
        // Five parts would be an encrypted one, which nobody sends us and whose reader fails in ways of its own.
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
