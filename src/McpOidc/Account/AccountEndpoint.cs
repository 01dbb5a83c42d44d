using System.Globalization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.SignIn;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Account;

/// <summary><c>/account</c>: users see which applications may act for them, and can sign out any of them.</summary>
internal sealed class AccountEndpoint(
    PageVisits visits,
    Installations installations,
    Grants grants,
    AccountSignOut signOut,
    ErrorPage errors,
    Issuer issuer,
    IOptions<McpOidcOptions> settings,
    IOptions<PersonalAccessTokenOptions> tokens
)
{
    public const string EndField = "end";
    public const string Everywhere = "everywhere";
    public const string ThisBrowser = "browser";
    public const string AfterParameter = "after";
    public const string DoneParameter = "done";

    private static readonly PageText[] s_done = [PageText.AccountDone, PageText.AccountTakenBack];

    /// <summary>This many take less than 15 kB in any language.</summary>
    private const int PageSize = 8;

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await visits.FindAsync(http, cancellationToken) is not { } visitor)
        {
            if (signOut.ComesBack(http))
            {
                return SignedOut(PageText.SignedOutEverywhereAdvice);
            }

            return await visits.SignInAsync(http, EndpointPaths.Account, provider: null, cancellationToken);
        }

        var skip = int.TryParse(http.Request.Query[AfterParameter], NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? Math.Min(after, Installations.Maximum)
            : 0;
        var (found, hasMore) = await installations.ListAsync(visitor.Subject, skip, PageSize, cancellationToken);
        return new AccountPage(visitor, found, hasMore ? skip + PageSize : null)
        {
            Action = http.Request.PathBase + EndpointPaths.Account,
            Named = settings.Value.Scopes,
            OffersTokens = tokens.Value.Enabled,
            FormToken = PageForm.Token(visitor.Browser, FormOf(visitor)),
            Done = s_done
                .Cast<PageText?>()
                .FirstOrDefault(done => OpaqueToken.Matches(DoneOf(visitor, done!.Value), http.Request.Query[DoneParameter].ToString())),
        }.Render();
    }

    public async Task<IResult> EndAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        if (await visits.FindAsync(http, cancellationToken) is not { } visitor)
        {
            // A double click: the page would sign the browser in again.
            return form[EndField] == ThisBrowser && PageForm.IsFromThisSite(http.Request, issuer)
                ? SignedOut(PageText.SignedOutAdvice)
                : new SeeOther(EndpointPaths.Account, IsPath: true);
        }

        if (!PageForm.IsOurs(http.Request, form, issuer, visitor.Browser, FormOf(visitor)))
        {
            return Refuse("account_form_not_valid");
        }

        return form[EndField].ToString() switch
        {
            // Completed even if the browser disconnects.
            Everywhere => await EndEverywhereAsync(http, visitor, CancellationToken.None),
            ThisBrowser => await EndBrowserAsync(http, visitor, cancellationToken),
            var taken when taken.Split(' ') is [var grant, var scope] => await TakeBackAsync(grant, scope, visitor, cancellationToken),
            { Length: > 0 } grant => await EndGrantAsync(grant, visitor, cancellationToken),
            _ => Refuse("account_form_not_valid"),
        };
    }

    private async Task<IResult> EndGrantAsync(string id, Visitor visitor, CancellationToken cancellationToken)
    {
        // The same answer for an id that does not exist and for another user's, which reveals no ids.
        if ((await grants.FindAsync(id, cancellationToken))?.Value is not { } grant || grant.Subject != visitor.Subject)
        {
            return Refuse("account_grant_not_found");
        }

        await signOut.EndGrantAsync(grant, cancellationToken);
        return Return(visitor, PageText.AccountDone);
    }

    // Tokens already issued keep it until they expire, as with every other change of a grant.
    private async Task<IResult> TakeBackAsync(string id, string scope, Visitor visitor, CancellationToken cancellationToken)
    {
        if (
            (await grants.FindAsync(id, cancellationToken))?.Value is not { } grant
            || grant.Subject != visitor.Subject
            || !(await installations.DescribeAsync(grant, cancellationToken)).MayTakeBack(scope)
        )
        {
            return Refuse("account_grant_not_found");
        }

        await signOut.TakeBackAsync(grant, scope, cancellationToken);
        return Return(visitor, PageText.AccountTakenBack);
    }

    private async Task<IResult> EndEverywhereAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken) =>
        await signOut.EndEverywhereAsync(http, visitor, cancellationToken) is { } atProvider
            ? new SeeOther(atProvider.AbsoluteUri)
            : SignedOut(PageText.SignedOutEverywhereAdvice);

    private async Task<IResult> EndBrowserAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        await signOut.EndBrowserAsync(http, visitor, cancellationToken);
        return SignedOut(PageText.SignedOutAdvice);
    }

    private static HtmlPage SignedOut(PageText advice) =>
        new(
            StatusCodes.Status200OK,
            PageText.SignedOutTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[PageText.SignedOutHeading]}</h1>
                    <p>{texts[advice]}</p>
                    """
                )
        );

    private IResult Refuse(string reason) => errors.Show(reason, PageText.ErrorPageOld, PageText.ErrorPageOldAdvice);

    private static string FormOf(Visitor visitor) => $"account.{visitor.Subject}";

    private static SeeOther Return(Visitor visitor, PageText done) =>
        SeeOther.Within(EndpointPaths.Account, DoneParameter, OpaqueToken.Hash(DoneOf(visitor, done)));

    private static string DoneOf(Visitor visitor, PageText done) => $"{visitor.Browser}.account.{done}.{visitor.Subject}";
}
