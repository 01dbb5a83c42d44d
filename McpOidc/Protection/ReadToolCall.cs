using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Looks into a request for the tools it calls, before anything is decided: a missing scope is an HTTP 403 (RFC 6750 §3.1), and once the
/// MCP SDK has begun its answer it is too late for one. The header <c>Mcp-Name</c> is no substitute: older revisions do not compare it.
/// </summary>
internal sealed class ReadToolCall(RequestDelegate next, ToolScopes tools)
{
    /// <summary>Without a valid token no more than this is read, for the scopes in the challenge.</summary>
    private const int MaximumWithoutToken = 64 * 1024;

    public Task InvokeAsync(HttpContext context) => tools.Any ? ReadAsync(context) : next(context);

    private async Task ReadAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.HasJsonContentType()
            && context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is not null
            && (context.Request.ContentLength <= MaximumWithoutToken || (await context.AuthenticateAsync(McpOidcAuthentication.Scheme)).Succeeded)
            && tools.Of(await NamesAsync(context.Request)) is { Length: > 0 } scopes)
        {
            context.Features.Set(new RequestedTools(scopes));
        }

        await next(context);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(HttpRequest request)
    {
        // In memory, as the document is in any case: a server on Redis writes no files, so that its file system may be read-only.
        request.EnableBuffering(bufferThreshold: int.MaxValue);
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return [.. Messages(document.RootElement).Where(IsToolCall).SelectMany(Names)];
        }
        catch (JsonException)
        {
            // The MCP endpoint says what is wrong with it.
            return [];
        }
        finally
        {
            request.Body.Position = 0;
        }
    }

    // Batches are of 2025-03-26.
    private static JsonElement[] Messages(JsonElement root) => root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];

    private static bool IsToolCall(JsonElement message) => Members(message, "method").Any(method => method.ValueKind == JsonValueKind.String && method.ValueEquals("tools/call"));

    private static IEnumerable<string> Names(JsonElement message)
        => Members(message, "params").SelectMany(parameters => Members(parameters, "name")).Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!);

    // All members of that name, in any case: whichever the SDK takes, its scopes are asked for.
    private static IEnumerable<JsonElement> Members(JsonElement element, string name)
        => element.ValueKind != JsonValueKind.Object ? [] : element.EnumerateObject().Where(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(member => member.Value);
}
