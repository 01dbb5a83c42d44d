using System.Globalization;
using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Account;

/// <summary><c>/account</c>: a person sees which applications may act for them, and signs out any of them.</summary>
internal sealed class AccountEndpoint(
    PageVisits visits,
    Installations installations,
    Grants grants,
    UserSessions users,
    BrowserSessions sessions,
    ErrorPage errors,
    Issuer issuer,
    AuditLog audit
)
{
    public const string EndField = "end";
    public const string Everywhere = "everywhere";
    public const string ThisBrowser = "browser";
    public const string AfterParameter = "after";
    public const string DoneParameter = "done";

    /// <summary>So many in any language are less than 15 kB.</summary>
    private const int PageSize = 8;

    private const int RevokedAtOnce = 100;
    private const string ByUser = "user";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await visits.FindAsync(http, cancellationToken) is not { } visitor)
        {
            return await visits.SignInAsync(http, EndpointPaths.Account, provider: null, cancellationToken);
        }

        var skip = int.TryParse(http.Request.Query[AfterParameter], NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? Math.Min(after, Installations.Maximum)
            : 0;
        var (found, hasMore) = await installations.ListAsync(visitor.Subject, skip, PageSize, cancellationToken);
        return new AccountPage(visitor, found, hasMore ? skip + PageSize : null)
        {
            Action = http.Request.PathBase + EndpointPaths.Account,
            FormToken = PageForm.Token(visitor.Browser, FormOf(visitor)),
            IsDone = OpaqueToken.Matches(DoneOf(visitor), http.Request.Query[DoneParameter].ToString()),
        }.Render();
    }

    public async Task<IResult> EndAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await visits.FindAsync(http, cancellationToken) is not { } visitor)
        {
            return new SeeOther(EndpointPaths.Account, IsPath: true);
        }

        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        if (!PageForm.IsOurs(http.Request, form, issuer, visitor.Browser, FormOf(visitor)))
        {
            return Refuse("account_form_not_valid");
        }

        return form[EndField].ToString() switch
        {
            // Done to its end, also when the browser does not wait for it.
            Everywhere => await EndEverywhereAsync(http, visitor, CancellationToken.None),
            ThisBrowser => await EndBrowserAsync(http, visitor, cancellationToken),
            { Length: > 0 } grant => await EndGrantAsync(grant, visitor, cancellationToken),
            _ => Refuse("account_form_not_valid"),
        };
    }

    private async Task<IResult> EndGrantAsync(string id, Visitor visitor, CancellationToken cancellationToken)
    {
        // One answer for what is not there and for what is another person's: nobody learns which ids exist.
        if ((await grants.FindAsync(id, cancellationToken))?.Value is not { } grant || grant.Subject != visitor.Subject)
        {
            return Refuse("account_grant_not_found");
        }

        if (await grants.RevokeAsync(grant.Id, cancellationToken))
        {
            audit.GrantRevoked(grant, ByUser);
        }

        // What was remembered would connect the application again without a word.
        await users.ForgetConsentsAsync(visitor.Subject, grant.ClientId, cancellationToken);
        return SeeOther.Within(EndpointPaths.Account, DoneParameter, OpaqueToken.Hash(DoneOf(visitor)));
    }

    private async Task<IResult> EndEverywhereAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        // Browsers first: one that is still signed in could make a new grant meanwhile.
        await sessions.EndAllAsync(visitor.Subject, providerSession: null, cancellationToken);
        await EndGrantsAsync(visitor, cancellationToken);
        // And those that a browser was making at that moment.
        await EndGrantsAsync(visitor, cancellationToken);
        await users.ForgetConsentsAsync(visitor.Subject, clientId: null, cancellationToken);
        return await EndBrowserAsync(http, visitor, cancellationToken, PageText.SignedOutEverywhereAdvice);
    }

    private async Task EndGrantsAsync(Visitor visitor, CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            (_, next) = await grants.RevokePageAsync(
                visitor.Subject,
                clientId: null,
                next,
                RevokedAtOnce,
                grant => audit.GrantRevoked(grant, ByUser),
                cancellationToken
            );
        } while (next is not null);
    }

    private async Task<IResult> EndBrowserAsync(
        HttpContext http,
        Visitor visitor,
        CancellationToken cancellationToken,
        PageText advice = PageText.SignedOutAdvice
    )
    {
        await sessions.EndAsync(http, cancellationToken);
        audit.SignedOut(visitor.Subject);
        return new HtmlPage(
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
    }

    private IResult Refuse(string reason) => errors.Show(reason, PageText.ErrorPageOld, PageText.ErrorPageOldAdvice);

    private static string FormOf(Visitor visitor) => $"account.{visitor.Subject}";

    private static string DoneOf(Visitor visitor) => $"{visitor.Browser}.account.done.{visitor.Subject}";
}
