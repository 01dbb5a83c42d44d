using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.PushedAuthorization;

/// <summary>The pushed request with whose reference a browser came.</summary>
internal sealed record PushedRequest(TokenRecord Record)
{
    /// <summary>The interaction that it begins: loaded again it is the same one, with one answer.</summary>
    /// <returns><see langword="null"/> where the request was not pushed.</returns>
    public static string? InteractionOf(HttpContext http) =>
        http.Features.Get<PushedRequest>() is { Record: var record }
            ? OpaqueToken.DeriveId($"pushed {record.Id} {record.ReferenceHash}")
            : null;
}
