using McpOidc.ErrorResponses;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>What is answered after an exception that nobody expected. The framework has logged it; its text stays in the log.</summary>
internal static class UnhandledFault
{
    public static Task AnswerAsync(HttpContext context)
    {
        IResult answer =
            context.RequestServices.GetService<ErrorPage>() is { } page
            && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
                ? page.Show("fault", PageText.ErrorFault, PageText.ErrorFaultAdvice, context.Response.StatusCode)
                : new OAuthError(
                    context.Response.StatusCode,
                    "server_error",
                    "Something went wrong here. It was noted in the server's log."
                );
        return answer.ExecuteAsync(context);
    }
}
