using System.Globalization;

namespace McpOidc.SignIn.Rules;

/// <summary>Domains of e-mail addresses, in a canonical form for comparison.</summary>
internal static class EmailDomain
{
    private static readonly IdnMapping s_idn = new() { UseStd3AsciiRules = true };

    /// <summary>A domain in lower case and ASCII (RFC 5891), or <see langword="null"/> if it is invalid.</summary>
    public static string? Normalize(string? domain)
    {
        if (string.IsNullOrEmpty(domain) || domain.Contains('@', StringComparison.Ordinal) || domain[^1] == '.')
        {
            return null;
        }

        try
        {
            return s_idn.GetAscii(domain.ToLowerInvariant()).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The domain of an address. An address with a second @ has none: mail goes to the last one, but some readers use the
    /// first.</summary>
    public static string? Of(string? email) =>
        email?.Split('@') is [{ Length: > 0 } local, var domain] && !local.Concat(domain).Any(IsOdd) ? Normalize(domain) : null;

    private static bool IsOdd(char character) => char.IsControl(character) || char.IsWhiteSpace(character);
}
