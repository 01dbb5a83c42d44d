using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.Timeline;
using McpOidc.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Consent;

/// <summary>
/// <c>/oauth/consent</c>: asks the person before anything is sent to the identity provider. One static client there stands for every
/// client here, so without this page any client could ride on the person's session at the provider (confused deputy).
/// </summary>
internal sealed partial class ConsentEndpoint(
    Interactions interactions, UpstreamSignIn signIn, Clients clients, UserSessions users, BrowserSessions sessions,
    BrowserCookies cookies, ErrorPage errors, Issuer issuer, ScopeCatalog scopes, IOptions<McpOidcOptions> options, SignInTrail trail, AuditLog audit, ILogger<ConsentEndpoint> logger)
{
    public const string DecisionField = "decision";
    public const string Allow = "allow";
    public const string Deny = "deny";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Query[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (await interactions.FindAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { } interaction
            || await clients.FindAsync(interaction.ClientId, cancellationToken) is not { } client)
        {
            return errors.StartAgain("consent_gone");
        }

        var user = interaction.Subject is { } subject ? await users.FindAsync(subject, cancellationToken) : null;
        return ConsentPage.Render(interaction, client, user, await ScopesOfAsync(interaction.Asked.Resource, cancellationToken), http.Request.PathBase + EndpointPaths.Consent, id, PageForm.Token(browser, id));
    }

    private ValueTask<ResourceScopes> ScopesOfAsync(string resource, CancellationToken cancellationToken)
        => scopes.OfAsync(options.Value.Resources.FirstOrDefault(known => CanonicalResource.AreSame(known.Uri, resource)) ?? new ResourceOptions { Uri = resource }, cancellationToken);

    public async Task<IResult> DecideAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType)
        {
            return errors.StartAgain("consent_no_form");
        }

        var form = await http.Request.ReadFormAsync(cancellationToken);
        var id = form[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (!PageForm.IsOurs(http.Request, form, issuer, browser, id)
            || form[DecisionField].ToString() is not (Allow or Deny)
            || await interactions.FindAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { } shown
            || !await IsSamePersonAsync(http, shown, cancellationToken)
            || await interactions.TakeAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { } interaction)
        {
            return errors.StartAgain("consent_not_valid");
        }

        trail.Note(form[DecisionField] == Allow ? "consent.allowed" : "consent.denied");
        if (form[DecisionField] != Allow)
        {
            LogDecided(interaction.ClientId, allowed: false);
            audit.ConsentDenied(interaction.Subject, interaction.ClientId);
            return await signIn.DecideAsync(interaction with { Error = Errors.AccessDenied, ErrorDescription = "The person did not allow access." }, cancellationToken);
        }

        LogDecided(interaction.ClientId, allowed: true);
        var approved = interaction with { Approved = true };
        if (interaction.MustSignIn || interaction.Subject is null)
        {
            return await signIn.BeginAsync(approved, cancellationToken);
        }

        await users.RememberConsentAsync(interaction.Subject, interaction.Asked, cancellationToken);
        return await signIn.DecideAsync(approved, cancellationToken);
    }

    // Another tab may have signed somebody else in meanwhile: the page showed another name.
    private async Task<bool> IsSamePersonAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken)
        => shown.Subject is null || (await sessions.FindAsync(http, cancellationToken))?.Subject == shown.Subject;

    [LoggerMessage(1501, LogLevel.Information, "Consent for client {ClientId}: {Allowed}.")]
    private partial void LogDecided(string clientId, bool allowed);
}
