using McpOidc.Registration;

namespace McpOidc.Consent;

/// <summary>The client's description on the consent page at the time of the request; the consent applies only to this
/// description.</summary>
/// <param name="Name">The client's display name, uncleaned.</param>
/// <param name="CreatedAt">When it registered, or was first seen; absent if the operator or this package describes it.</param>
/// <param name="FirstUsedAt">When a user first signed in with it here; absent until then, and for a pre-registered client.</param>
/// <param name="IsConfigured">Whether it is pre-registered.</param>
/// <param name="IsDescribedByDocument">Whether its id is the URL of its metadata document.</param>
/// <param name="IsOnLoopbackOnly">Whether all its redirect URIs are on the user's computer.</param>
/// <param name="IsAnsweredToAnyProgram">Whether any program there can receive the response (
/// <see cref="ClientRecord.IsAnsweredToAnyProgram"/>).</param>
internal sealed record ClientSummary(
    string? Name,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? FirstUsedAt,
    bool IsConfigured,
    bool IsDescribedByDocument,
    bool IsOnLoopbackOnly,
    bool IsAnsweredToAnyProgram
)
{
    /// <summary>The client's home page (RFC 7591 §2); absent where it names none on https.</summary>
    public string? HomePage { get; init; }

    /// <summary>Its terms of service.</summary>
    public string? Terms { get; init; }

    /// <summary>Its privacy policy.</summary>
    public string? Policy { get; init; }

    public static ClientSummary Of(ClientRecord client, string redirectUri) =>
        new(
            client.Metadata.ClientName,
            client.CreatedAt,
            client.ActivatedAt,
            client.IsConfigured,
            client.IsDescribedByDocument,
            client.Metadata.RedirectUris?.All(uri => RedirectUri.Read(uri)?.Kind == RedirectUriKind.Loopback) == true,
            client.IsAnsweredToAnyProgram(redirectUri)
        )
        {
            HomePage = Link(client.Metadata.ClientUri),
            Terms = Link(client.Metadata.TosUri),
            Policy = Link(client.Metadata.PolicyUri),
        };

    // https only: a link that anyone can register must not lead a person's browser to a program on their own computer.
    private static string? Link(string? uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var link) && link.Scheme == Uri.UriSchemeHttps ? link.AbsoluteUri : null;
}
