using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Consent;

/// <summary>What the consent page asks in an interaction: the scopes, those that can be deselected, and the ways to answer.</summary>
internal sealed class ConsentQuestion(
    UserSessions users,
    ScopeCatalog scopes,
    KnownResources resources,
    IOptions<PageOptions> pages,
    IOptions<McpOidcOptions> settings
)
{
    public async Task<HtmlPage> ShowAsync(
        HttpContext http,
        Interaction interaction,
        ClientSummary client,
        string formToken,
        CancellationToken cancellationToken
    )
    {
        var user = interaction.Subject is { } subject ? await users.FindAsync(subject, cancellationToken) : null;
        var scopes = await ScopesOfAsync(interaction.Asked.Resource, cancellationToken);
        return new ConsentPage(interaction, client, user, scopes)
        {
            Action = http.Request.PathBase + EndpointPaths.Consent,
            InteractionId = http.Request.Query[ResumeInteraction.Parameter].ToString(),
            FormToken = formToken,
            OptionalScopes = FindOptional(interaction.Asked, scopes, user),
            Named = settings.Value.Scopes,
            OffersHandOff = OffersHandOff(interaction),
        }.Render();
    }

    /// <summary>
    /// Scopes that a client needs initially cannot be deselected, nor can those requested by step-up, because a call needs them now. The
    /// client also requests deselected scopes again once it needs them.
    /// </summary>
    private static string[] FindOptional(ConsentRecord asked, ResourceScopes scopes, UserRecord? user)
    {
        string[] further = [.. asked.Scopes.Except(scopes.Default).Except(IdentityScopes.All)];
        string[] before =
        [
            .. (user?.Consents ?? [])
                .Where(known => known.IsFor(asked.ClientId, asked.MetadataHash, asked.RedirectUri) && known.Resource == asked.Resource)
                .SelectMany(known => known.Scopes),
        ];
        return before.Length == 0 ? further : [.. further.Intersect(before)];
    }

    /// <summary>Whether the user may state that the client runs on another computer.</summary>
    public bool OffersHandOff(Interaction interaction) =>
        pages.Value.HandOff && RedirectUri.Read(interaction.Asked.RedirectUri)?.Kind == RedirectUriKind.Loopback;

    private ValueTask<ResourceScopes> ScopesOfAsync(string resource, CancellationToken cancellationToken) =>
        scopes.OfAsync(resources.Find(resource) ?? new ResourceOptions { Uri = resource }, cancellationToken);
}
