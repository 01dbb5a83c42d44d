using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Which redirect URIs a client that nobody vouches for is answered at. Every URI is judged by itself: one good URI excuses no other
/// (the npm package let a <c>cursor://</c> URI carry <c>javascript:</c> through).
/// </summary>
internal sealed class RedirectUriPolicy(IOptions<RegistrationOptions> options)
{
    public const int MaximumCount = 20;

    /// <summary>Why the operator does not allow a URI, as a clause for an error description.</summary>
    public const string UnknownScheme =
        "has a private scheme that is not allowed here; the operator can allow it by McpOidc:Registration:PrivateSchemes";

    /// <summary>Whether a client may be answered there: what is no redirect URI at all, or has a private scheme that is not on the list, it
    /// may not.</summary>
    public bool Allows(string uri) =>
        RedirectUri.Read(uri)?.Kind switch
        {
            null => false,
            RedirectUriKind.PrivateScheme => options.Value.PrivateSchemes.Any(known =>
                uri.Length > known.Length && RedirectUri.StartsWith(uri, known)
            ),
            _ => true,
        };
}
