using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Asks whether a device may act for the person, and shows the IP address of the device: only that distinguishes the person's own
/// device from the device of an attacker who sent a code.</summary>
internal sealed record DeviceAccessPage(DeviceRequestRecord Request, Visitor Visitor, AskedAccess Asked, ResourceScopes Scopes)
{
    /// <summary>Where the form goes.</summary>
    public required string Action { get; init; }

    public required string FormToken { get; init; }

    /// <summary>The scopes that the person may leave out.</summary>
    public required IReadOnlyCollection<string> Optional { get; init; }

    /// <summary>The scopes that the operator named.</summary>
    public required IEnumerable<ScopeOptions> Named { get; init; }

    /// <summary>Whether the IP address of the device differs from the person's.</summary>
    public required bool IsElsewhere { get; init; }

    public HtmlPage Render() => new(StatusCodes.Status200OK, PageText.DeviceTitle, Body);

    private Html Body(PageTexts texts)
    {
        var name = DisplayText.Clean(Request.ClientName, otherwise: texts[PageText.ConsentNameless]);
        var resource = Asked.Resource.Name is { Length: > 0 } named ? named : new Uri(Asked.Resource.Uri).Host;
        return Html.Of(
            $"""
            <h1>{texts.With(PageText.DeviceHeading, ("resource", Html.Of($"<bdi>{resource}</bdi>")))}</h1>
            <p class="account">{texts.With(PageText.SignedInAs, ("person", Html.Of($"<bdi>{Visitor.Name}</bdi>")))} <a href="{Another}">{texts[PageText.AnotherAccount]}</a></p>
            <p>{texts.With(
                PageText.DeviceClient,
                ("client", Html.Of($"<bdi>{name}</bdi>")),
                ("resource", Html.Of($"<code>{Request.Resource}</code>"))
            )}</p>
            {Publisher(texts)}{Facts(texts)}<p class="warning">{texts[PageText.DeviceWarning]}{(IsElsewhere ? Html.Of($" <strong>{texts[PageText.DeviceElsewhere]}</strong>") : Html.Empty)}</p>
            {Form(texts)}
            """
        );
    }

    private string Another =>
        $"{Action}?{DeviceEndpoint.CodeParameter}={UserCode.Show(Asked.Code)}&{DeviceEndpoint.AnotherParameter}={Asked.Another}";

    private Html Publisher(PageTexts texts) =>
        Request.Publisher is { } host
            ? Html.Of($"<p>{texts.With(PageText.ConsentPublisher, ("host", Html.Of($"<strong>{host}</strong>")))}</p>\n")
            : Html.Empty;

    private Html Facts(PageTexts texts) =>
        Html.Of(
            $"""
            <dl class="facts">
            <dt>{texts[PageText.DeviceCode]}</dt><dd><code>{UserCode.Show(Asked.Code)}</code></dd>
            <dt>{texts[PageText.DeviceAskedFrom]}</dt><dd>{Request.Origin?.Address ?? texts[PageText.AccountUnknown]}</dd>
            <dt>{texts[PageText.AccountDevice]}</dt><dd>{Request.Origin?.Device ?? texts[PageText.AccountUnknown]}</dd>
            <dt>{texts[PageText.DeviceAskedAt]}</dt><dd>{texts.DateAndTime(Request.CreatedAt)}</dd>
            <dt>{texts[PageText.ConsentClientId]}</dt><dd><code>{Request.ClientId}</code></dd>
            </dl>

            """
        );

    // Deny comes first, because Enter in a form presses the first button.
    private Html Form(PageTexts texts) =>
        Html.Of(
            $"""
            <form method="post" action="{Action}">
            <input type="hidden" name="{PageForm.TokenField}" value="{FormToken}">
            <input type="hidden" name="{DeviceEndpoint.CodeField}" value="{Asked.Code}">
            <input type="hidden" name="{ConsentEndpoint.OptionalField}" value="{string.Join(' ', Optional)}">
            <h2>{texts[PageText.ConsentAbilities]}</h2>
            <ul class="abilities">
            {Asked.Scopes.Select((scope, index) => Ability(scope, index, texts))}</ul>
            <div class="actions">
            <button name="{ConsentEndpoint.DecisionField}" value="{ConsentEndpoint.Deny}">{texts[PageText.ConsentDeny]}</button>
            <button class="primary late" name="{ConsentEndpoint.DecisionField}" value="{ConsentEndpoint.Allow}">{texts[
                PageText.ConsentAllow
            ]}</button>
            </div>
            </form>
            """
        );

    private Html Ability(string scope, int index, PageTexts texts)
    {
        var named = Named.FirstOrDefault(one => one.Name == scope);
        var (words, more, field) = (
            ScopeInWords.Of(scope, Scopes, named, texts),
            ScopeInWords.More(named),
            $"{ConsentEndpoint.ScopeField}{index}"
        );
        var label = Html.Of($"<label for=\"{field}\">{words}</label>{more}");
        return Optional.Contains(scope)
            ? Html.Of(
                $"<li class=\"optional\"><input type=\"checkbox\" id=\"{field}\" name=\"{field}\" value=\"{scope}\" checked>{label}</li>\n"
            )
            : Html.Of($"<li>{words}{more}</li>\n");
    }
}
