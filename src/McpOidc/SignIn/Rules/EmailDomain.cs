using System.Globalization;

namespace McpOidc.SignIn.Rules;

/// <summary>Domains of e-mail addresses, in the one form in which they can be compared.</summary>
internal static class EmailDomain
{
    private static readonly IdnMapping s_idn = new() { UseStd3AsciiRules = true };

    /// <summary>A domain in lower case and ASCII (RFC 5891), or <see langword="null"/> for something else.</summary>
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

    /// <summary>That of an address. One with a second @ has none: mail goes to the last one, and others read the first.</summary>
    public static string? Of(string? email) =>
        email?.Split('@') is [{ Length: > 0 } local, var domain] && !local.Concat(domain).Any(IsOdd) ? Normalize(domain) : null;

    private static bool IsOdd(char character) => char.IsControl(character) || char.IsWhiteSpace(character);
}
