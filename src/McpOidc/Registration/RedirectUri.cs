using System.Net;

namespace McpOidc.Registration;

/// <summary>The kind of a redirect URI.</summary>
internal enum RedirectUriKind
{
    /// <summary>A website.</summary>
    Https,

    /// <summary>http on the user's own machine, where the port changes with every start (RFC 8252 §7.3).</summary>
    Loopback,

    /// <summary>An application with a private-use scheme (RFC 8252 §7.1).</summary>
    PrivateScheme,
}

/// <summary>
/// A valid redirect URI and its kind. <see cref="RedirectUriPolicy"/> decides which ones clients may register;
/// <see cref="RedirectUriMatch"/> decides whether a request's URI is a registered one.
/// </summary>
internal sealed record RedirectUri
{
    public const int MaximumLength = 2048;

    // Schemes that a browser executes, reads from disk or displays itself, and those that already have an owner.
    private static readonly string[] s_neverPrivate =
    [
        "http",
        "https",
        "javascript",
        "data",
        "file",
        "vbscript",
        "blob",
        "about",
        "ftp",
        "ws",
        "wss",
        "view-source",
        "filesystem",
        "ms-appx",
    ];

    private RedirectUri(RedirectUriKind kind, string host) => (Kind, Host) = (kind, host);

    public RedirectUriKind Kind { get; }

    /// <summary>The host for display; empty for a private scheme without one.</summary>
    public string Host { get; }

    /// <summary>Whether an application can own the scheme.</summary>
    public static bool CanBePrivate(string scheme) =>
        Uri.CheckSchemeName(scheme) && !s_neverPrivate.Contains(scheme, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a URI starts with a prefix, ignoring the case of the scheme (RFC 3986 §6.2.2.1).</summary>
    public static bool StartsWith(string value, string beginning) =>
        beginning.IndexOf(':', StringComparison.Ordinal) is var end
        && value.AsSpan().StartsWith(beginning.AsSpan(0, end), StringComparison.OrdinalIgnoreCase)
        && value.AsSpan(end).StartsWith(beginning.AsSpan(end), StringComparison.Ordinal);

    /// <summary>The URI, or <see langword="null"/> if it is invalid.</summary>
    public static RedirectUri? Read(string? value) => Read(value, out _);

    /// <summary>The URI, or what is wrong with it, as a predicate for an error description.</summary>
    public static RedirectUri? Read(string? value, out string? problem)
    {
        problem = FindTextProblem(value);
        if (problem is not null)
        {
            return null;
        }

        // .NET takes a leading slash for a file path.
        var scheme = value!.Split(':')[0];
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || !uri.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase))
        {
            problem = "is not an absolute URI";
            return null;
        }

        var kind =
            RedirectUriMatch.IsLoopback(value) ? RedirectUriKind.Loopback
            : uri.Scheme == Uri.UriSchemeHttps ? RedirectUriKind.Https
            : RedirectUriKind.PrivateScheme;
        problem =
            RedirectUriMatch.HasUserInfo(value) ? "contains user information"
            : uri.Scheme is "http" or "https" ? FindAuthorityProblem(value, uri)
            : FindPrivateSchemeProblem(value, uri.Scheme);
        return problem is null ? new RedirectUri(kind, uri.IdnHost) : null;
    }

    private static string? FindTextProblem(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return "is empty";
        }

        if (value.Length > MaximumLength)
        {
            return $"is longer than {MaximumLength} characters";
        }

        // Unicode is rejected rather than converted, so that what users see is what is compared (RFC 3986 allows only ASCII).
        if (value.Any(c => c is <= ' ' or >= (char)0x7f or '\\' or '"' or '<' or '>' or '*' or '^' or '`' or '{' or '|' or '}'))
        {
            return value.Contains('*', StringComparison.Ordinal)
                ? "contains a wildcard"
                : "contains a character that is not allowed in a URI (RFC 3986); write an internationalized host as punycode";
        }

        return value.Contains('#', StringComparison.Ordinal) ? "contains a fragment (RFC 6749 section 3.1.2)" : null;
    }

    private static string? FindAuthorityProblem(string value, Uri uri)
    {
        // .NET reads no http or https URI without two slashes and a host.
        var authority = value[(uri.Scheme.Length + 3)..].Split('/', '?')[0];
        return authority.Contains('%', StringComparison.Ordinal) ? "has a host with a percent sign"
            : IsDisguisedAddress(authority) ? "has an IP address in an unusual form; use the standard form"
            : uri.Scheme == Uri.UriSchemeHttp && !RedirectUriMatch.IsLoopback(value)
                ? "uses http, which is only for localhost, 127.0.0.1 and [::1]; use https"
            : null;
    }

    // Without the slash it is usually a host without its http://: localhost:3000/cb.
    private static string? FindPrivateSchemeProblem(string value, string scheme) =>
        CanBePrivate(scheme) && value.AsSpan(scheme.Length).StartsWith(":/")
            ? null
            : "has a scheme that no application can own; use a private-use scheme like com.example.app:/callback";

    // 127.1, 2130706433 and 0x7f000001 all resolve to 127.0.0.1: a browser takes a host that ends in a number for an address (URL
    // Standard, "ends in a number checker").
    private static bool IsDisguisedAddress(string authority)
    {
        var host = authority.Split(':')[0];
        return EndsInNumber(host) && !(IPAddress.TryParse(host, out var address) && address.ToString() == host);
    }

    private static bool EndsInNumber(string host) =>
        host.TrimEnd('.').Split('.')[^1] is { Length: > 0 } last
        && (
            last.All(char.IsAsciiDigit)
            || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last.Skip(2).All(char.IsAsciiHexDigit))
        );
}
