using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>The answer to an exception that has no answer of its own. The framework has logged it; its text stays in the log.</summary>
internal static class UnhandledFault
{
    public static Task AnswerAsync(HttpContext context)
    {
        // What the endpoint is goes for its fault too, and the framework has put it aside.
        context.SetEndpoint(context.Features.Get<IExceptionHandlerFeature>()?.Endpoint);
        var status = context.Response.StatusCode;
        var answer =
            FaultPages.For(context)?.Unexpected(status)
            ?? new OAuthError(status, "server_error", "Something went wrong here. It was noted in the server's log.");
        return answer.ExecuteAsync(context);
    }
}
