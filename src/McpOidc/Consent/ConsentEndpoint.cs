using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Consent;

/// <summary>
/// <c>/oauth/consent</c>: asks the user before anything is sent to the identity provider. All clients share one static client there, so
/// without this page any client could use the user's session at the provider (confused deputy).
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
    public const string OptionalField = "optional";
    public const string ScopeField = "scope-";
    public const string AnotherParameter = "another";
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

        var token = PageForm.Token(browser, id);
        if (http.Request.Query[AnotherParameter].ToString() is { Length: > 0 } asked && OpaqueToken.Matches($"{browser}.{id}", asked))
        {
            return await AskForAnotherAsync(http, interaction, cancellationToken);
        }

        var user = interaction.Subject is { } subject ? await users.FindAsync(subject, cancellationToken) : null;
        var scopes = await ScopesOfAsync(interaction.Asked.Resource, cancellationToken);
        return new ConsentPage(interaction, client, user, scopes)
        {
            Action = http.Request.PathBase + EndpointPaths.Consent,
            InteractionId = id,
            FormToken = token,
            OptionalScopes = FindOptional(interaction.Asked, scopes, user),
            Named = settings.Value.Scopes,
            OffersHandOff = OffersHandOff(interaction),
        }.Render();
    }

    // A question for another user is not reused: the sign-in decides who the user is.
    private async Task<IResult> AskForAnotherAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken)
    {
        trail.Note("consent.another_account");
        var step = await interactions.TakeAsync(shown, cancellationToken);
        return step.IsRepeated
            ? await answers.RepeatAsync(http, step, AnotherParameter, cancellationToken)
            : await answers.RememberAsync(
                http,
                step,
                AnotherParameter,
                await signIn.BeginWithAnotherAsync(step.Interaction with { Subject = null }, CancellationToken.None)
            );
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
        var decision = $"{form[DecisionField]} {form[RememberField]} {form[HandOffField]} {string.Join(' ', LeftOut(form))}";
        var step = await interactions.TakeAsync(shown, cancellationToken);
        // From here on it runs to completion, even if the browser disconnects, which will request the result again.
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
                    ErrorDescription = "The user denied access.",
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
            await users.RememberConsentAsync(interaction.Subject, approved.Asked, cancellationToken);
        }
        else
        {
            audit.ConsentGranted(interaction.Subject, interaction.ClientId, approved.Asked.Scopes, approved.Asked.Resource);
        }

        return await signIn.DecideAsync(approved, cancellationToken);
    }

    private Interaction Approve(Interaction interaction, IFormCollection form)
    {
        var handOff = IsHandOff(interaction, form);
        var mayRemember = !handOff && interaction.Client is { IsAnsweredToAnyProgram: false };
        return interaction with
        {
            Approved = true,
            Asked = interaction.Asked with { Scopes = [.. interaction.Asked.Scopes.Except(LeftOut(form))] },
            HandOff = handOff,
            Remember = mayRemember && form[RememberField] == Yes,
        };
    }

    // A form can only remove scopes, even a forged one.
    public static IEnumerable<string> LeftOut(IFormCollection form) =>
        form[OptionalField]
            .ToString()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Except(
                form.Where(field => field.Key.StartsWith(ScopeField, StringComparison.Ordinal)).Select(field => field.Value.ToString())
            );

    // Copying the response is asked for each time, because the user states there that it is necessary.
    private bool IsHandOff(Interaction interaction, IFormCollection form) => OffersHandOff(interaction) && form[HandOffField] == Yes;

    // Another tab may have signed in a different user meanwhile, but the page showed the previous name.
    private async Task<bool> IsSamePersonAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken) =>
        shown.Subject is null || (await sessions.FindAsync(http, cancellationToken))?.Subject == shown.Subject;

    [LoggerMessage(1501, LogLevel.Information, "Consent for client {ClientId}: {Allowed}.")]
    private partial void LogDecided(string clientId, bool allowed);
}
