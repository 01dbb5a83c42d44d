using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Decides which redirect URIs a self-registered client may use. Each URI is checked individually: one valid URI does not justify another
/// (in the npm package, a <c>cursor://</c> URI allowed <c>javascript:</c> too).
/// </summary>
internal sealed class RedirectUriPolicy(IOptions<RegistrationOptions> options)
{
    public const int MaximumCount = 20;

    /// <summary>Why the operator does not allow a URI, as a predicate for an error description.</summary>
    public const string UnknownScheme =
        "has a private-use scheme that is not allowed here; the operator can allow it with McpOidc:Registration:PrivateSchemes";

    /// <summary>Whether a client may use the URI: not if it is invalid, or has a private scheme that is not in the list.</summary>
    public bool Allows(string uri) =>
        RedirectUri.Read(uri)?.Kind switch
        {
            null => false,
            RedirectUriKind.PrivateScheme => options.Value.PrivateSchemes.Any(known => RedirectUri.StartsWith(uri, known)),
            _ => true,
        };
}
