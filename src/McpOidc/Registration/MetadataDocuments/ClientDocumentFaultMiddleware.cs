using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Answers requests of a client whose document is unusable: OpenIddict has no error for it where it looks up clients.</summary>
internal sealed class ClientDocumentFaultMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (ClientDocumentException exception) when (!context.Response.HasStarted)
        {
            FaultMiddleware.Reset(context.Response);
            await ClientDocumentAnswer.For(context, exception).ExecuteAsync(context);
        }
    }
}
