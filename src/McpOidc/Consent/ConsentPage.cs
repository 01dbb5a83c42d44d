using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Consent;

/// <summary>
/// Asks one question: may this client do this? The host that receives the response is larger than the client's name, which the client
/// chooses freely. The client's logo is not shown: it is equally unverified, and its server would learn who is about to sign in.
/// </summary>
internal sealed record ConsentPage(Interaction Interaction, ClientSummary Client, UserRecord? User, ResourceScopes Scopes)
{
    /// <summary>The URL of the form.</summary>
    public required string Action { get; init; }

    public required string InteractionId { get; init; }

    public required string FormToken { get; init; }

    /// <summary>The operator's descriptions of scopes.</summary>
    public required IEnumerable<ScopeOptions> Named { get; init; }

    /// <summary>The scopes that the user may deselect.</summary>
    public required IReadOnlyCollection<string> OptionalScopes { get; init; }

    /// <summary>Whether the user may state that the client runs on another computer.</summary>
    public required bool OffersHandOff { get; init; }

    private string Target => Interaction.Asked.RedirectUri;

    private RedirectUri? ReadTarget => RedirectUri.Read(Target);

    private Uri ClientHost => new(Interaction.ClientId);

    public HtmlPage Render() => new(StatusCodes.Status200OK, PageText.ConsentTitle, Body) { UiLocales = Interaction.UiLocales };

    private Html Body(PageTexts texts)
    {
        var name = DisplayText.Clean(Client.Name, otherwise: texts[PageText.ConsentNameless]);
        return Html.Of(
            $"""
            <h1>{texts.With(PageText.ConsentHeading, ("resource", Html.Of($"<bdi>{Interaction.ResourceName}</bdi>")))}</h1>
            {Account(texts)}
            <div class="who"><span class="initial" aria-hidden="true">{DisplayText.Initial(name)}</span><p class="host">{ReturnsTo(
                texts
            )}</p></div>
            <p>{texts.With(
                PageText.ConsentClient,
                ("client", Html.Of($"<bdi>{name}</bdi>")),
                ("resource", Html.Of($"<code>{Interaction.Asked.Resource}</code>"))
            )}</p>
            {Publisher(texts)}{Warnings(texts)}{Form(texts)}
            <p class="quiet">{texts[User is null ? PageText.ConsentSignInNext : PageText.ConsentLasts]}</p>
            """
        );
    }

    private Html ReturnsTo(PageTexts texts) =>
        ReadTarget switch
        {
            { Kind: RedirectUriKind.Loopback } => texts[PageText.ConsentOnThisComputer],
            { Kind: RedirectUriKind.Https, Host: var host } => host,
            _ => texts.With(PageText.ConsentByScheme, ("scheme", Target.Split(':')[0])),
        };

    // Draft §6.4: the only property of such a client that its author cannot choose freely.
    private Html Publisher(PageTexts texts) =>
        Client.IsDescribedByDocument
            ? Html.Of($"<p>{texts.With(PageText.ConsentPublisher, ("host", Html.Of($"<strong>{ClientHost.IdnHost}</strong>")))}</p>\n")
            : Html.Empty;

    private Html Warnings(PageTexts texts)
    {
        var redirect = RedirectWarning() is { } key ? Warning(texts[key]) : Html.Empty;
        return Html.Of($"{DescriptionWarning(texts)}{redirect}");
    }

    private static Html Warning(Html text) => Html.Of($"<p class=\"warning\">{text}</p>\n");

    private Html DescriptionWarning(PageTexts texts)
    {
        if (!Client.IsDescribedByDocument)
        {
            return Html.Empty;
        }

        return Client.IsOnLoopbackOnly ? Warning(texts.With(PageText.ConsentWarnDescription, ("host", ClientHost.IdnHost)))
            : ReadTarget is { Kind: RedirectUriKind.Https, Host: var target } && target != ClientHost.IdnHost
                ? Warning(texts.With(PageText.ConsentWarnOtherHost, ("target", target), ("host", ClientHost.IdnHost)))
            : Html.Empty;
    }

    private PageText? RedirectWarning() =>
        ReadTarget?.Kind switch
        {
            RedirectUriKind.Loopback => PageText.ConsentWarnLoopback,
            RedirectUriKind.Https => null,
            _ => PageText.ConsentWarnScheme,
        };

    private Html Facts(PageTexts texts) =>
        Html.Of(
            $"""
            <dl>
            <dt>{texts[PageText.ConsentAnswerGoesTo]}</dt><dd><code>{Target}</code></dd>
            </dl>
            <details><summary>{texts[PageText.ConsentDetails]}</summary>
            <dl>
            <dt>{texts[Client.IsDescribedByDocument ? PageText.ConsentFirstSeen : PageText.ConsentRegistered]}</dt><dd>{texts.Date(
                Client.CreatedAt
            )}</dd>
            {FirstUse(texts)}<dt>{texts[PageText.ConsentClientId]}</dt><dd><code>{Interaction.ClientId}</code></dd>
            </dl>
            </details>
            """
        );

    // An attacker can create an id with any name and date, but cannot hide that it has not been used here yet.
    private Html FirstUse(PageTexts texts) =>
        Client.IsConfigured || Client.IsDescribedByDocument
            ? Html.Empty
            : Html.Of(
                $"""
                <dt>{texts[PageText.ConsentFirstUsed]}</dt><dd>{(
                    Client.FirstUsedAt is { } first ? texts.Date(first) : Html.Of($"{texts[PageText.ConsentFirstUsedNow]}")
                )}</dd>

                """
            );

    // A link, not a button of the form, in which Enter presses Deny.
    private Html Account(PageTexts texts) =>
        User is null
            ? Html.Empty
            : Html.Of(
                $"""
                <p class="account">{texts[PageText.ConsentSignedInAs]} <bdi>{PersonName.Of(User)}</bdi>. <a href="{Action}?{Another}">{texts[
                    PageText.AnotherAccount
                ]}</a></p>
                """
            );

    private string Another =>
        $"{ResumeInteraction.Parameter}={Uri.EscapeDataString(InteractionId)}&{ConsentEndpoint.AnotherParameter}={FormToken}";

    private IEnumerable<Html> Abilities(PageTexts texts) =>
        Interaction.Asked.Scopes.Select(
            (scope, index) =>
            {
                var named = Named.FirstOrDefault(one => one.Name == scope);
                var (words, more) = (ScopeInWords.Of(scope, Scopes, named, texts), ScopeInWords.More(named));
                return OptionalScopes.Contains(scope)
                    ? Html.Of($"<li class=\"optional\">{Choice(scope, $"{ConsentEndpoint.ScopeField}{index}", words)}{more}</li>\n")
                    : Html.Of($"<li>{words}{more}</li>\n");
            }
        );

    private static Html Choice(string scope, string field, Html words) =>
        Html.Of(
            $"<input type=\"checkbox\" id=\"{field}\" name=\"{field}\" value=\"{scope}\" checked><label for=\"{field}\">{words}</label>"
        );

    // Deny comes first: Enter in a form presses the first button, and access must not be allowed by accident.
    private Html Form(PageTexts texts) =>
        Html.Of(
            $"""
            <form method="post" action="{Action}">
            <input type="hidden" name="{ResumeInteraction.Parameter}" value="{InteractionId}">
            <input type="hidden" name="{PageForm.TokenField}" value="{FormToken}">
            <input type="hidden" name="{ConsentEndpoint.OptionalField}" value="{string.Join(' ', OptionalScopes)}">
            <h2>{texts[PageText.ConsentAbilities]}</h2>
            <ul class="abilities">
            {Abilities(texts)}</ul>
            {Facts(texts)}
            {Options(texts)}<div class="actions">
            <button name="{ConsentEndpoint.DecisionField}" value="{ConsentEndpoint.Deny}">{texts[PageText.ConsentDeny]}</button>
            <button class="primary late" name="{ConsentEndpoint.DecisionField}" value="{ConsentEndpoint.Allow}">{texts[
                PageText.ConsentAllow
            ]}</button>
            </div>
            </form>
            """
        );

    private Html Options(PageTexts texts)
    {
        var remember = Client.IsAnsweredToAnyProgram
            ? Html.Empty
            : Check(ConsentEndpoint.RememberField, isChecked: true, texts[PageText.ConsentRemember], texts[PageText.ConsentRememberHint]);
        var handOff = OffersHandOff
            ? Check(ConsentEndpoint.HandOffField, isChecked: false, texts[PageText.ConsentHandOff], texts[PageText.ConsentHandOffHint])
            : Html.Empty;
        return Html.Of($"{remember}{handOff}");
    }

    private static Html Check(string field, bool isChecked, string label, string hint) =>
        Html.Of(
            $"""
            <div class="check"><input type="checkbox" id="{field}" name="{field}" value="{ConsentEndpoint.Yes}" aria-describedby="{field}-hint"{(
                isChecked ? Html.Of($" checked") : Html.Empty
            )}><label for="{field}">{label}</label><p class="quiet" id="{field}-hint">{hint}</p></div>

            """
        );
}
