using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;

namespace McpOidc.ErrorResponses;

/// <summary>An error page whose reference lets an operator find what led to it.</summary>
internal sealed record RecordedPage(IResult Page, string Reference, string Reason, TimelineKeeper Timelines) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await Timelines.KeepAsync(httpContext, Reference, Reason);
        await Page.ExecuteAsync(httpContext);
    }
}
