using McpOidc.Registration;

namespace McpOidc.Consent;

/// <summary>What the consent page says of a client, as it was when the request came: the consent is to this description and no
/// other.</summary>
/// <param name="Name">As the client calls itself, uncleaned.</param>
/// <param name="CreatedAt">When it registered, or was first seen.</param>
/// <param name="FirstUsedAt">When somebody first signed in with it here; absent until then, and for a client from the settings.</param>
/// <param name="IsConfigured">Whether the operator named it in the settings.</param>
/// <param name="IsDescribedByDocument">Whether its id is the URL of its description.</param>
/// <param name="IsOnLoopbackOnly">Whether all its redirect URIs are on the person's computer.</param>
/// <param name="IsAnsweredToAnyProgram">Whether any program there can get the answer
/// (<see cref="ClientRecord.IsAnsweredToAnyProgram"/>).</param>
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
