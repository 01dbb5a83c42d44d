using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Sessions;

/// <summary>
/// Encrypts data for a single browser with its binding cookie, of which the store has at most a hash. Neither the store nor a holder of
/// the server's secret can read it.
/// </summary>
internal sealed class BrowserSeal(string cookie)
{
    private static readonly int s_nonce = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int s_tag = AesGcm.TagByteSizes.MaxSize;

    /// <param name="text">The data.</param>
    /// <param name="place">The place for which it is valid.</param>
    public byte[] Seal(string text, string place)
    {
        var plaintext = Encoding.UTF8.GetBytes(text);
        var payload = new byte[s_nonce + plaintext.Length + s_tag];
        RandomNumberGenerator.Fill(payload.AsSpan(0, s_nonce));
        using var aes = new AesGcm(KeyFor(place), s_tag);
        aes.Encrypt(payload.AsSpan(0, s_nonce), plaintext, payload.AsSpan(s_nonce, plaintext.Length), payload.AsSpan(^s_tag..));
        return payload;
    }

    /// <returns>The data; <see langword="null"/> if it was sealed by another browser or for another place, or is damaged.</returns>
    public string? Open(byte[] payload, string place)
    {
        if (payload.Length < s_nonce + s_tag)
        {
            return null;
        }

        var plaintext = new byte[payload.Length - s_nonce - s_tag];
        using var aes = new AesGcm(KeyFor(place), s_tag);
        try
        {
            aes.Decrypt(payload.AsSpan(0, s_nonce), payload.AsSpan(s_nonce, plaintext.Length), payload.AsSpan(^s_tag..), plaintext);
            return Encoding.UTF8.GetString(plaintext);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private byte[] KeyFor(string place) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(cookie),
            32,
            info: Encoding.UTF8.GetBytes($"McpOidc browser seal v1 {place}")
        );
}
