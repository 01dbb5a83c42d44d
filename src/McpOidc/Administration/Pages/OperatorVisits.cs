using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Administration.Pages;

/// <summary>Admits users to the operators' pages whose claims recently made them operators. Without a configured claim the pages do not
/// exist.</summary>
internal sealed class OperatorVisits(PageVisits visits, IOptions<AdminOptions> options, ErrorPage errors, TimeProvider clock)
{
    // The address of a page is stored during the sign-in, for strangers too.
    private const int MaximumQuery = 1024;

    public async Task<IResult> ShowAsync(
        HttpContext http,
        Func<HttpContext, Visitor, CancellationToken, Task<IResult>> renderAsync,
        CancellationToken cancellationToken
    )
    {
        if (!options.Value.HasClaim)
        {
            return Results.NotFound();
        }

        if (
            await visits.FindAsync(http, cancellationToken) is not { } visitor
            || clock.GetUtcNow() - visitor.AuthenticatedAt > options.Value.SignInInterval
        )
        {
            return await visits.SignInAsync(http, ReturnTo(http.Request), options.Value.Provider ?? "", cancellationToken);
        }

        if (!AdminClaim.IsOperator(visitor.User, options.Value))
        {
            return errors.Show("not_an_operator", PageText.ErrorNotAllowed, PageText.ErrorNotAllowedAdvice, StatusCodes.Status403Forbidden);
        }

        try
        {
            return await renderAsync(http, visitor, cancellationToken);
        }
        catch (FormatException) when (http.Request.Query.ContainsKey(AdminPage.AfterParameter))
        {
            // An invalid position in a list, as after a change of the store.
            return new SeeOther(http.Request.Path.Value!, IsPath: true);
        }
    }

    // A posted action is not executed afterwards: the user sees the page again first.
    private static string ReturnTo(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) ? EndpointPaths.Admin
        : request.QueryString.Value is { Length: <= MaximumQuery } query ? request.Path + query
        : request.Path.ToUriComponent();
}
