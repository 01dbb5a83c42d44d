using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// An authorization server with an https issuer accepts no http requests (RFC 6749 §3.1, §3.2). A browser is redirected to https, except
/// through an unconfigured proxy: https would arrive as http again, in an endless redirect.
/// </summary>
internal sealed class HttpsMiddleware(RequestDelegate next, Issuer issuer, ErrorPage errors)
{
    private const string Advice = "This server accepts https only. If a proxy terminates TLS, add its network to McpOidc:TrustedProxies.";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!issuer.IsSecure || request.IsHttps)
        {
            return next(context);
        }

        return context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>()?.Caller switch
        {
            Caller.Program => new OAuthError(StatusCodes.Status400BadRequest, "invalid_request", Advice).ExecuteAsync(context),
            Caller.Browser => AnswerBrowserAsync(context),
            _ => next(context),
        };
    }

    private Task AnswerBrowserAsync(HttpContext context)
    {
        var request = context.Request;
        var mayRedirect =
            HttpMethods.IsGet(request.Method)
            && !request.Headers.ContainsKey("X-Forwarded-Proto")
            && !request.Headers.ContainsKey("Forwarded");
        return (
            mayRedirect
                ? Results.Redirect(issuer.Value + request.Path + request.QueryString)
                : errors.Show("plain_http", PageText.ErrorPlainHttp, PageText.ErrorPlainHttpAdvice)
        ).ExecuteAsync(context);
    }
}
