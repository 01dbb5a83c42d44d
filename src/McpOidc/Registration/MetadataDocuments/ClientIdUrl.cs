using System.Text;
using McpOidc.Configuration;
using McpOidc.Storage;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The rules for a <c>client_id</c> that is the URL of a metadata document (draft-ietf-oauth-client-id-metadata-document
/// §3).</summary>
internal static class ClientIdUrl
{
    public const int MaximumLength = 2048;

    // Names for internal networks, whatever they resolve to (RFC 6761, RFC 6762, RFC 8375; "internal" is reserved by ICANN).
    private static readonly string[] s_privateDomains = ["localhost", "local", "internal", "home.arpa"];

    /// <summary>Whether the id refers to a document, valid or not. No registered client has such an id.</summary>
    public static bool IsUrl(string clientId) => StoreKeys.IsUrl(clientId);

    /// <summary>What is wrong with the URL, as a predicate, or <see langword="null"/>. Nothing is resolved or fetched for this.</summary>
    public static string? FindProblem(string value, bool allowLoopback) =>
        FindSpellingProblem(value) ?? FindHostProblem(new Uri(value), allowLoopback);

    /// <summary>What is wrong with the syntax of the URL, whatever its host.</summary>
    public static string? FindSpellingProblem(string value)
    {
        if (value.Length > MaximumLength)
        {
            return $"is longer than {MaximumLength} characters";
        }

        if (!IsUrl(value))
        {
            return "is not https";
        }

        // A single spelling: what users see, what is compared and what is fetched are then identical.
        if (!Ascii.IsValid(value) || !Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.AbsoluteUri != value || HasDotSegment(uri))
        {
            return "is not a URL in its normal form: lower-case scheme and host, punycode, no default port, no dot segments, no needless "
                + "percent-encoding";
        }

        if (value.Split('/')[2].Contains('@', StringComparison.Ordinal) || value.Contains('#', StringComparison.Ordinal))
        {
            return "contains user information or a fragment";
        }

        return uri.AbsolutePath.Length < 2 ? "has no path" : null;
    }

    private static string? FindHostProblem(Uri uri, bool allowLoopback)
    {
        if (allowLoopback && UrlRules.IsLoopback(uri))
        {
            return null;
        }

        return uri.Scheme != Uri.UriSchemeHttps ? "is not https"
            : uri.HostNameType != UriHostNameType.Dns ? "has an IP address as host"
            : !uri.Host.Contains('.', StringComparison.Ordinal)
            || uri.Host.EndsWith('.')
            || DomainPolicy.IsWithin(uri.Host, s_privateDomains)
                ? "has a host that is not on the public Internet"
            : null;
    }

    private static bool HasDotSegment(Uri uri) =>
        uri.AbsolutePath.Split('/').Any(segment => Uri.UnescapeDataString(segment) is "." or "..");
}
