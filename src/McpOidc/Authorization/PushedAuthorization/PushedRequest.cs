using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>The pushed request whose reference a browser brought.</summary>
internal sealed record PushedRequest(TokenRecord Record)
{
    /// <summary>The interaction that it starts: loading it again finds the same one, with one response.</summary>
    /// <returns><see langword="null"/> if the request was not pushed.</returns>
    public static string? InteractionOf(HttpContext http) =>
        http.Features.Get<PushedRequest>() is { Record: var record }
            ? OpaqueToken.DeriveId($"pushed {record.Id} {record.ReferenceHash}")
            : null;
}
