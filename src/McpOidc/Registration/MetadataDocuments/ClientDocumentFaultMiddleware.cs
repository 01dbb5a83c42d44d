using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Answers for a client whose document cannot be used: OpenIddict has no words for it wherever it looks clients up.</summary>
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
