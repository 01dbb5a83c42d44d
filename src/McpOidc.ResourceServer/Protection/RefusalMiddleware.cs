using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Writes the body of a refusal once all schemes of a policy have had their say: a cookie scheme that follows ours cannot redirect to the
/// login page after a body was written.
/// </summary>
internal sealed class RefusalMiddleware(RequestDelegate next)
{
    private sealed class Awaited
    {
        public OAuthError? Refusal { get; set; }
    }

    public async Task InvokeAsync(HttpContext context)
    {
        var awaited = new Awaited();
        context.Features.Set(awaited);
        await next(context);
        if (awaited.Refusal is { } refusal && !context.Response.HasStarted && context.Response.StatusCode == refusal.Status)
        {
            await refusal.ExecuteAsync(context);
        }
    }

    /// <summary>Answers with a refusal, whose body is written later.</summary>
    public static Task RefuseAsync(HttpContext context, OAuthError refusal)
    {
        if (context.Features.Get<Awaited>() is not { } awaited)
        {
            // An application that authorizes requests before UseMcpOidc().
            return refusal.ExecuteAsync(context);
        }

        context.Response.StatusCode = refusal.Status;
        awaited.Refusal = refusal;
        return Task.CompletedTask;
    }
}
