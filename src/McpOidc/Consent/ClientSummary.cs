using McpOidc.Registration;

namespace McpOidc.Consent;

/// <summary>The client's description on the consent page at the time of the request; the consent applies only to this
/// description.</summary>
/// <param name="Name">The client's display name, uncleaned.</param>
/// <param name="CreatedAt">When it registered, or was first seen.</param>
/// <param name="FirstUsedAt">When a user first signed in with it here; absent until then, and for a pre-registered client.</param>
/// <param name="IsConfigured">Whether it is pre-registered.</param>
/// <param name="IsDescribedByDocument">Whether its id is the URL of its metadata document.</param>
/// <param name="IsOnLoopbackOnly">Whether all its redirect URIs are on the user's computer.</param>
/// <param name="IsAnsweredToAnyProgram">Whether any program there can receive the response (
/// <see cref="ClientRecord.IsAnsweredToAnyProgram"/>).</param>
internal sealed record ClientSummary(
    string? Name,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FirstUsedAt,
    bool IsConfigured,
    bool IsDescribedByDocument,
    bool IsOnLoopbackOnly,
    bool IsAnsweredToAnyProgram
)
{
    public static ClientSummary Of(ClientRecord client, string redirectUri) =>
        new(
            client.Metadata.ClientName,
            client.CreatedAt,
            client.ActivatedAt,
            client.IsConfigured,
            client.IsDescribedByDocument,
            client.Metadata.RedirectUris?.All(uri => RedirectUri.Read(uri)?.Kind == RedirectUriKind.Loopback) == true,
            client.IsAnsweredToAnyProgram(redirectUri)
        );
}
