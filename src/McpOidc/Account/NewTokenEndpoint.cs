using System.Globalization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.RateLimits;
using McpOidc.SignIn;
using McpOidc.Token;
using McpOidc.Token.PersonalAccessTokens;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Account;

/// <summary><c>/account/tokens</c>: a person creates a personal access token. <c>/account</c> lists existing tokens.</summary>
internal sealed class NewTokenEndpoint(
    GrantingVisits visits,
    PersonalTokens tokens,
    PersonalTokenLimit limit,
    TokenChoices choices,
    ErrorPage errors,
    Issuer issuer,
    IOptions<McpOidcOptions> settings
)
{
    public const string ResourceField = "resource";
    public const string FormIdField = "form";
    public const string NameField = "name";
    public const string DaysField = "days";
    public const string ScopeField = "scope-";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!tokens.Options.Enabled)
        {
            return Results.NotFound();
        }

        var named = http.Request.Query[ResourceField].ToString();
        var resource = choices.Find(named);
        if (await visits.FindAsync(http, tokens.Options.SignInInterval, cancellationToken) is not { } visitor)
        {
            // Only what the page reads, because it is stored during the sign-in.
            var query = named.Length > 0 && resource is not null ? QueryString.Create(ResourceField, resource.Uri) : QueryString.Empty;
            return await visits.SignInAsync(http, EndpointPaths.AccountTokens + query, cancellationToken);
        }

        return resource is null
            ? new ChooseServerPage(choices.Resources, http.Request.PathBase + EndpointPaths.AccountTokens).Render()
            : await AskAsync(http, visitor, resource, problem: null, cancellationToken);
    }

    public async Task<IResult> CreateAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!tokens.Options.Enabled)
        {
            return Results.NotFound();
        }

        if (await visits.FindAsync(http, tokens.Options.SignInInterval, cancellationToken) is not { } visitor)
        {
            return new SeeOther(EndpointPaths.AccountTokens, IsPath: true);
        }

        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        var formId = form[FormIdField].ToString();
        if (
            !PageForm.IsOurs(http.Request, form, issuer, visitor.Browser, FormOf(visitor, formId))
            || choices.Find(form[ResourceField].ToString()) is not { } resource
        )
        {
            return errors.Show("token_form_not_valid", PageText.ErrorPageOld, PageText.ErrorPageOldAdvice);
        }

        var name = DisplayText.Clean(form[NameField].ToString());
        if (name.Length == 0 || LifetimeOf(form) is not { } lifetime)
        {
            return await AskAsync(http, visitor, resource, PageText.TokenIncomplete, cancellationToken);
        }

        return await tokens.IsFullAsync(visitor.Subject, cancellationToken)
            ? await AskAsync(http, visitor, resource, PageText.TokenMany, cancellationToken)
            : await MakeAsync(visitor, form, resource, new AskedToken(formId, name, resource.Uri, [], lifetime), cancellationToken);
    }

    private async Task<IResult> MakeAsync(
        Visitor visitor,
        IFormCollection form,
        ResourceOptions resource,
        AskedToken asked,
        CancellationToken cancellationToken
    )
    {
        var choice = await choices.OfAsync(visitor.User, resource, cancellationToken);
        if (choice.IsRefused)
        {
            return Refuse();
        }

        if (await limit.FindRefusalAsync(visitor.Subject) is { } refusal)
        {
            return TooManyRequests.Show(errors, refusal);
        }

        // Only offered scopes count: the form can be forged.
        string[] chosen =
        [
            .. form.Where(field => field.Key.StartsWith(ScopeField, StringComparison.Ordinal)).Select(field => field.Value.ToString()),
        ];
        var made = await tokens.CreateAsync(
            visitor.User,
            asked with
            {
                Scopes = [.. choice.Offered.Intersect(chosen)],
            },
            // Completed even if the browser disconnects.
            CancellationToken.None
        );
        return new MadeTokenPage(made?.Value, asked.Name, asked.Lifetime.Days).Render();
    }

    private async Task<IResult> AskAsync(
        HttpContext http,
        Visitor visitor,
        ResourceOptions resource,
        PageText? problem,
        CancellationToken cancellationToken
    )
    {
        var choice = await choices.OfAsync(visitor.User, resource, cancellationToken);
        if (choice.IsRefused)
        {
            return Refuse();
        }

        var formId = OpaqueToken.CreateId();
        return new NewTokenPage(visitor, resource, choice)
        {
            Action = http.Request.PathBase + EndpointPaths.AccountTokens,
            FormId = formId,
            FormToken = PageForm.Token(visitor.Browser, FormOf(visitor, formId)),
            Named = settings.Value.Scopes,
            Days = DaysOffered(),
            Maximum = tokens.Options.MaximumPerUser,
            Problem = problem,
        }.Render();
    }

    private IResult Refuse() =>
        errors.Show("token_refused", PageText.ErrorNotAllowed, PageText.ErrorNotAllowedAdvice, StatusCodes.Status403Forbidden);

    private int[] DaysOffered()
    {
        var longest = Math.Min(365, tokens.Options.MaximumLifetime.Days);
        return [.. new[] { 7, 30, 90, 180, 365 }.Where(days => days < longest), longest];
    }

    private TimeSpan? LifetimeOf(IFormCollection form) =>
        int.TryParse(form[DaysField].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var days)
        && DaysOffered().Contains(days)
            ? TimeSpan.FromDays(days)
            : null;

    private static string FormOf(Visitor visitor, string formId) => $"account.tokens.{visitor.Subject}.{formId}";
}
