using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>The response to an unhandled exception. The framework has logged it; its text stays in the log.</summary>
internal static class UnhandledFault
{
    public static Task AnswerAsync(HttpContext context)
    {
        // The endpoint's metadata still applies, and the exception handler has moved it to its feature.
        context.SetEndpoint(context.Features.Get<IExceptionHandlerFeature>()?.Endpoint);
        CrossOriginMiddleware.AllowReading(context);
        var status = context.Response.StatusCode;
        var answer =
            FaultPages.For(context)?.Unexpected(status)
            ?? new OAuthError(status, "server_error", "An internal error occurred. The server's log has the details.");
        return answer.ExecuteAsync(context);
    }
}
