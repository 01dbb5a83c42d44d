using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>
/// Redirects with 303, which turns a form post into a GET; a 307 would send the posted data to the next host (RFC 9700 §4.12).
/// </summary>
internal sealed record SeeOther(string Location, bool IsPath = false) : IResult
{
    /// <summary>What must be written before the redirect. It does not use the HttpContext, which is in use meanwhile.</summary>
    public Task Ready { get; init; } = Task.CompletedTask;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await Ready;
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        PageHeaders.Apply(httpContext.Response);
        httpContext.Response.Headers.Location = IsPath ? httpContext.Request.PathBase + Location : Location;
    }

    /// <summary>Redirects to another page of this server.</summary>
    public static SeeOther Within(string path, string parameter, string value) =>
        new($"{path}?{parameter}={Uri.EscapeDataString(value)}", IsPath: true);
}
