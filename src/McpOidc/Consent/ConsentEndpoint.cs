using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
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
    Interactions interactions,
    IdentityProviderSignIn signIn,
    UserSessions users,
    BrowserSessions sessions,
    BrowserCookies cookies,
    StepAnswers answers,
    ErrorPage errors,
    Issuer issuer,
    ScopeCatalog scopes,
    KnownResources resources,
    IOptions<PageOptions> pages,
    IOptions<McpOidcOptions> settings,
    SignInTrail trail,
    AuditLog audit,
    ILogger<ConsentEndpoint> logger
)
{
    public const string DecisionField = "decision";
    public const string Allow = "allow";
    public const string Deny = "deny";
    public const string RememberField = "remember";
    public const string HandOffField = "hand_off";
    public const string Yes = "yes";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Query[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (await interactions.FindAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { Client: { } client } interaction)
        {
            return errors.StartAgain("consent_gone");
        }

        if (await answers.FindOverAsync(http, interaction, cancellationToken) is { } over)
        {
            return over;
        }

        var user = interaction.Subject is { } subject ? await users.FindAsync(subject, cancellationToken) : null;
        return new ConsentPage(interaction, client, user, await ScopesOfAsync(interaction.Asked.Resource, cancellationToken))
        {
            Action = http.Request.PathBase + EndpointPaths.Consent,
            InteractionId = id,
            FormToken = PageForm.Token(browser, id),
            Named = settings.Value.Scopes,
            OffersHandOff = OffersHandOff(interaction),
        }.Render();
    }

    private bool OffersHandOff(Interaction interaction) =>
        pages.Value.HandOff && RedirectUri.Read(interaction.Asked.RedirectUri)?.Kind == RedirectUriKind.Loopback;

    private ValueTask<ResourceScopes> ScopesOfAsync(string resource, CancellationToken cancellationToken) =>
        scopes.OfAsync(resources.Find(resource) ?? new ResourceOptions { Uri = resource }, cancellationToken);

    public async Task<IResult> DecideAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType)
        {
            return errors.StartAgain("consent_no_form");
        }

        var form = await http.Request.ReadFormAsync(cancellationToken);
        var id = form[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        if (
            !PageForm.IsOurs(http.Request, form, issuer, browser, id)
            || form[DecisionField].ToString() is not (Allow or Deny)
            || await interactions.FindAsync(id, InteractionStep.Consent, browser, cancellationToken) is not { } shown
        )
        {
            return errors.StartAgain("consent_not_valid");
        }

        trail.Note(form[DecisionField] == Allow ? "consent.allowed" : "consent.denied");
        var decision = $"{form[DecisionField]} {form[RememberField]} {form[HandOffField]}";
        var step = await interactions.TakeAsync(shown, cancellationToken);
        // From here on to its end, also where the browser has gone: it comes again for the answer.
        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, decision, cancellationToken)
            : await answers.RememberAsync(
                http,
                step,
                decision,
                await IsSamePersonAsync(http, shown, CancellationToken.None)
                    ? await GoOnAsync(step.Interaction, form, CancellationToken.None)
                    : errors.StartAgain("consent_not_valid")
            );
    }

    private async Task<IResult> GoOnAsync(Interaction interaction, IFormCollection form, CancellationToken cancellationToken)
    {
        if (form[DecisionField] != Allow)
        {
            LogDecided(interaction.ClientId, allowed: false);
            audit.ConsentDenied(interaction.Subject, interaction.ClientId);
            return await signIn.DecideAsync(
                interaction with
                {
                    HandOff = IsHandOff(interaction, form),
                    Error = Errors.AccessDenied,
                    ErrorDescription = "The person did not allow access.",
                },
                cancellationToken
            );
        }

        LogDecided(interaction.ClientId, allowed: true);
        var approved = Approve(interaction, form);
        if (interaction.MustSignIn || interaction.Subject is null)
        {
            return await signIn.BeginAsync(approved, cancellationToken);
        }

        if (approved.Remember)
        {
            await users.RememberConsentAsync(interaction.Subject, interaction.Asked, cancellationToken);
        }
        else
        {
            audit.ConsentGranted(interaction.Subject, interaction.ClientId, interaction.Asked.Scopes, interaction.Asked.Resource);
        }

        return await signIn.DecideAsync(approved, cancellationToken);
    }

    private Interaction Approve(Interaction interaction, IFormCollection form)
    {
        var handOff = IsHandOff(interaction, form);
        var mayRemember = !handOff && interaction.Client is { IsAnsweredToAnyProgram: false };
        return interaction with { Approved = true, HandOff = handOff, Remember = mayRemember && form[RememberField] == Yes };
    }

    // What is handed over by hand is asked about each time: the question is where the person says that it has to be.
    private bool IsHandOff(Interaction interaction, IFormCollection form) => OffersHandOff(interaction) && form[HandOffField] == Yes;

    // Another tab may have signed somebody else in meanwhile: the page showed another name.
    private async Task<bool> IsSamePersonAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken) =>
        shown.Subject is null || (await sessions.FindAsync(http, cancellationToken))?.Subject == shown.Subject;

    [LoggerMessage(1501, LogLevel.Information, "Consent for client {ClientId}: {Allowed}.")]
    private partial void LogDecided(string clientId, bool allowed);
}
