using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Reads from the request body which tools, prompts and resources it calls, before authorization: a missing scope is an HTTP 403 (RFC 6750
/// §3.1), which is impossible once the MCP SDK has started its response. The header <c>Mcp-Name</c> is no substitute, because older
/// revisions do not check it against the body.
/// </summary>
internal sealed class CalledPrimitivesMiddleware(
    RequestDelegate next,
    PrimitiveScopes scopes,
    PrimitiveTokens tokens,
    ProtectedResources resources
)
{
    /// <summary>The maximum size that is read without a valid token, to name scopes in the challenge.</summary>
    private const int MaximumWithoutToken = 64 * 1024;

    public Task InvokeAsync(HttpContext context) => scopes.Any || tokens.Any ? ReadAsync(context) : next(context);

    private async Task ReadAsync(HttpContext context)
    {
        if (
            HttpMethods.IsPost(context.Request.Method)
            && context.Request.HasJsonContentType()
            && context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is not null
            && (
                context.Request.ContentLength <= MaximumWithoutToken
                || (await context.AuthenticateAsync(McpOidcAuthentication.Scheme)).Succeeded
            )
        )
        {
            var calls = await ReadCallsAsync(context.Request);
            NeededScopes.Of(context).Add(calls.SelectMany(call => scopes.Of(call.Method, call.Target)));
            var resource = resources.Of(context);
            if (tokens.Any && calls.Any(call => tokens.Needs(resource, call.Method, call.Target)))
            {
                TokenNeed.Note(context);
            }
        }

        await next(context);
    }

    private static async Task<IReadOnlyList<(string Method, string Target)>> ReadCallsAsync(HttpRequest request)
    {
        // In memory, like the parsed document: with Redis the server writes no files, so its file system may be read-only.
        request.EnableBuffering(bufferThreshold: int.MaxValue);
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return [.. Messages(document.RootElement).SelectMany(CallsOf)];
        }
        catch (JsonException)
        {
            // The MCP endpoint reports the error.
            return [];
        }
        finally
        {
            request.Body.Position = 0;
        }
    }

    // Batches exist only in 2025-03-26.
    private static JsonElement[] Messages(JsonElement root) => root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];

    // Tools and prompts are called by name, resources by URI; a completion has either in "ref". Each value counts once: otherwise repeated
    // members, which a stranger can send too, would multiply.
    private static IEnumerable<(string Method, string Target)> CallsOf(JsonElement message)
    {
        string[] methods = [.. Texts(message, "method").Where(PrimitiveScopes.IsCall).Distinct(StringComparer.Ordinal)];
        return Members(message, "params")
            .SelectMany(parameters => Members(parameters, "ref").Prepend(parameters))
            .SelectMany(named => Texts(named, "name").Concat(Texts(named, "uri")))
            .Distinct(StringComparer.Ordinal)
            .SelectMany(_ => methods, (target, method) => (method, target));
    }

    private static IEnumerable<string> Texts(JsonElement element, string name) =>
        Members(element, name).Where(member => member.ValueKind == JsonValueKind.String).Select(TextOf).OfType<string>();

    private static string? TextOf(JsonElement member)
    {
        try
        {
            return member.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which is in no name; the MCP SDK rejects it.
            return null;
        }
    }

    // Checks all members of that name, in any case, so that the scopes cover whichever one the SDK uses.
    private static IEnumerable<JsonElement> Members(JsonElement element, string name) =>
        element.ValueKind != JsonValueKind.Object
            ? []
            : element
                .EnumerateObject()
                .Where(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                .Select(member => member.Value);
}
