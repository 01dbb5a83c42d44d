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
            {Account(texts)}<div class="who"><span class="initial" aria-hidden="true">{DisplayText.Initial(
                name
            )}</span><div><p class="host">{ReturnsTo(texts)}</p>
            <p>{texts.With(PageText.ConsentClient, ("client", Html.Of($"<bdi>{name}</bdi>")))}</p></div></div>
            {Publisher(texts)}{Warnings(texts)}{Form(texts)}
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

    private Html Details(PageTexts texts) =>
        Html.Of(
            $"""
            <details><summary>{texts[PageText.ConsentDetails]}</summary>
            <dl class="facts">
            {Fact(texts[PageText.ConsentAnswerGoesTo], Html.Of($"<code>{Target}</code>"))}{Fact(
                texts[PageText.ConsentServer],
                Html.Of($"<code>{Interaction.Asked.Resource}</code>")
            )}{Since(texts)}{FirstUse(texts)}{Fact(texts[PageText.ConsentClientId], Html.Of($"<code>{Interaction.ClientId}</code>"))}{Links(texts)}</dl>
            {HandOff(texts)}</details>
            """
        );

    private static Html Fact(Html term, Html value) => Html.Of($"<dt>{term}</dt><dd>{value}</dd>\n");

    // As the client has them, so with their hosts and never loaded: it is for the person to follow one.
    private Html Links(PageTexts texts)
    {
        (PageText Name, string? Url)[] all =
        [
            (PageText.ConsentHomePage, Client.HomePage),
            (PageText.ConsentTerms, Client.Terms),
            (PageText.ConsentPolicy, Client.Policy),
        ];
        var links = all.Where(link => link.Url is not null).Select(link => Fact(texts[link.Name], Link(link.Url!))).ToList();
        return links.Count == 0 ? Html.Empty : Html.Of($"{links}<dd class=\"quiet\">{texts[PageText.ConsentLinksHint]}</dd>\n");
    }

    private static Html Link(string url) =>
        Html.Of($"<a href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{new Uri(url).IdnHost}</a>");

    private Html Since(PageTexts texts) =>
        Client.CreatedAt is { } since
            ? Fact(texts[Client.IsDescribedByDocument ? PageText.ConsentFirstSeen : PageText.ConsentRegistered], texts.Date(since))
            : Html.Empty;

    // An attacker can create an id with any name and date, but cannot hide that it has not been used here yet.
    private Html FirstUse(PageTexts texts) =>
        Client.IsConfigured || Client.IsDescribedByDocument
            ? Html.Empty
            : Fact(
                texts[PageText.ConsentFirstUsed],
                Client.FirstUsedAt is { } first ? texts.Date(first) : texts[PageText.ConsentFirstUsedNow]
            );

    // A link, not a button of the form, in which Enter presses Deny.
    private Html Account(PageTexts texts) =>
        User is null
            ? Html.Empty
            : Html.Of(
                $"""
                <p class="account">{texts.With(
                    PageText.SignedInAs,
                    ("person", Html.Of($"<bdi>{PersonName.Of(User)}</bdi>"))
                )} <a href="{Action}?{Another}">{texts[PageText.AnotherAccount]}</a></p>

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
            {Details(texts)}
            {Remember(texts)}<div class="actions stay">
            <button name="{ConsentEndpoint.DecisionField}" value="{ConsentEndpoint.Deny}">{texts[PageText.ConsentDeny]}</button>
            <button class="primary late" name="{ConsentEndpoint.DecisionField}" value="{ConsentEndpoint.Allow}">{texts[
                PageText.ConsentAllow
            ]}</button>
            </div>
            <p class="quiet">{texts[User is null ? PageText.ConsentSignInNext : PageText.ConsentLasts]}</p>
            </form>
            """
        );

    private Html Remember(PageTexts texts) =>
        Client.IsAnsweredToAnyProgram
            ? Html.Empty
            : Check(ConsentEndpoint.RememberField, isChecked: true, texts[PageText.ConsentRemember], texts[PageText.ConsentRememberHint]);

    // Few need it, and an answer in someone else's hands is what it is abused for: not beside the buttons.
    private Html HandOff(PageTexts texts) =>
        OffersHandOff
            ? Check(ConsentEndpoint.HandOffField, isChecked: false, texts[PageText.ConsentHandOff], texts[PageText.ConsentHandOffHint])
            : Html.Empty;

    private static Html Check(string field, bool isChecked, string label, string hint) =>
        Html.Of(
            $"""
            <div class="check"><input type="checkbox" id="{field}" name="{field}" value="{ConsentEndpoint.Yes}" aria-describedby="{field}-hint"{(
                isChecked ? Html.Of($" checked") : Html.Empty
            )}><label for="{field}">{label}</label><p class="quiet" id="{field}-hint">{hint}</p></div>

            """
        );
}
