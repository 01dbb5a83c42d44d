using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Upstream;

/// <summary><c>/oauth/choose</c>: where several identity providers are configured and the request does not say which, the person does.</summary>
internal sealed class ChooseProviderEndpoint(
    IdentityProviders providers, Interactions interactions, UpstreamSignIn signIn, BrowserCookies cookies, ErrorPage errors, Issuer issuer)
{
    public const string ProviderField = "provider";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Query[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        return await interactions.FindAsync(id, InteractionStep.Choose, browser, cancellationToken) is null
            ? errors.StartAgain("choice_gone")
            : Render(http.Request.PathBase + EndpointPaths.Choose, id, PageForm.Token(browser, id));
    }

    public async Task<IResult> ChooseAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType)
        {
            return errors.StartAgain("choice_no_form");
        }

        var form = await http.Request.ReadFormAsync(cancellationToken);
        var id = form[ResumeInteraction.Parameter].ToString();
        var browser = cookies.ReadBinding(http);
        return PageForm.IsOurs(http.Request, form, issuer, browser, id) && form[ProviderField] is [{ } name] && providers.Find(name) is { } provider
            && await interactions.TakeAsync(id, InteractionStep.Choose, browser, cancellationToken) is { } interaction
            ? await signIn.BeginAsync(interaction with { ProviderName = provider.Name }, cancellationToken)
            : errors.StartAgain("choice_not_valid");
    }

    private HtmlPage Render(string action, string id, string token)
    {
        var page = new HtmlContentBuilder().AppendHtml("<h1>Where do you sign in?</h1>\n<form method=\"post\" action=\"").Append(action).AppendHtml("\">\n")
            .AppendHtml($"<input type=\"hidden\" name=\"{ResumeInteraction.Parameter}\" value=\"").Append(id).AppendHtml("\">\n")
            .AppendHtml($"<input type=\"hidden\" name=\"{PageForm.TokenField}\" value=\"").Append(token).AppendHtml("\">\n");
        foreach (var provider in providers.All)
        {
            page.AppendHtml($"<p><button class=\"primary\" name=\"{ProviderField}\" value=\"").Append(provider.Name).AppendHtml("\">").Append(provider.DisplayName).AppendHtml("</button></p>\n");
        }

        return new HtmlPage(StatusCodes.Status200OK, "Where do you sign in?", page.AppendHtml("</form>"));
    }
}
