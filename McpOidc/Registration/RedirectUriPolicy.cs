using System.Globalization;
using System.Net;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Which redirect URIs a client may register. Every URI is judged by itself: one good URI excuses no other
/// (the npm package let a <c>cursor://</c> URI carry <c>javascript:</c> through).
/// </summary>
internal sealed class RedirectUriPolicy(IOptions<RegistrationOptions> options)
{
    public const int MaximumCount = 20;
    public const int MaximumLength = 2048;

    /// <summary>What is wrong with the URI, as a clause for an error description, or <see langword="null"/>.</summary>
    public string? FindProblem(string? value, string? applicationType)
    {
        if (string.IsNullOrEmpty(value) || value.Length > MaximumLength)
        {
            return string.IsNullOrEmpty(value) ? "is empty" : $"is longer than {MaximumLength} characters";
        }

        // Unicode is refused rather than converted: what a person is shown is then what is compared (RFC 3986 knows ASCII only).
        if (value.Any(c => c is <= ' ' or >= (char)0x7f or '\\' or '"' or '<' or '>' or '*' or '^' or '`' or '{' or '|' or '}'))
        {
            return value.Contains('*', StringComparison.Ordinal) ? "contains a wildcard" : "contains a character that a URI cannot contain (RFC 3986); write an international host as punycode";
        }

        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri))
        {
            return "is not an absolute URI";
        }

        if (value.Contains('#', StringComparison.Ordinal))
        {
            return "contains a fragment (RFC 6749 section 3.1.2)";
        }

        return uri.Scheme switch
        {
            "https" => FindAuthorityProblem(value, uri),
            "http" => FindAuthorityProblem(value, uri) ?? FindLoopbackProblem(value, applicationType),
            _ => FindPrivateSchemeProblem(value),
        };
    }

    /// <summary>Whether the URI leads to the person's own machine over http, where the port changes with every start (RFC 8252 §7.3).</summary>
    public static bool IsLoopback(string value) => RedirectUriMatch.IsLoopback(value);

    private static string? FindAuthorityProblem(string value, Uri uri)
    {
        if (!value.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase) || uri.Host.Length == 0)
        {
            return "has no host";
        }

        var authority = value[(uri.Scheme.Length + 3)..].Split('/', '?')[0];
        return authority.Contains('@', StringComparison.Ordinal) ? "contains user information"
            : authority.Contains('%', StringComparison.Ordinal) ? "has a host with a percent sign"
            : IsDisguisedAddress(authority, uri) ? "has an address in an unusual form; write it as it is resolved"
            : null;
    }

    private static string? FindLoopbackProblem(string value, string? applicationType)
        => !IsLoopback(value) ? "is http, which is for localhost, 127.0.0.1 and [::1] only; use https"
            : applicationType == "web" ? "leads to the person's own machine, which a client with application_type 'web' cannot (OpenID Connect Registration section 2); register as 'native'"
            : null;

    private string? FindPrivateSchemeProblem(string value)
        => options.Value.PrivateSchemes.Any(known => value.StartsWith(known, StringComparison.Ordinal) && value.Length > known.Length)
            ? null
            : "has a private scheme that is not allowed here; the operator can allow it by McpOidc:Registration:PrivateSchemes";

    // 127.1, 2130706433 and 0x7f000001 all become 127.0.0.1 on their way to the socket.
    private static bool IsDisguisedAddress(string authority, Uri uri)
        => uri.HostNameType == UriHostNameType.IPv4 && IPAddress.TryParse(uri.Host, out var address)
            && !authority.StartsWith(address.ToString(), StringComparison.Ordinal)
            || (authority.Length > 0 && authority.Split(':')[0].Split('.')[^1] is { Length: > 0 } last
                && uri.HostNameType == UriHostNameType.Dns && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
