using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>That the current request calls what needs the identity provider's token, and what was found of it.</summary>
internal sealed class TokenNeed
{
    public HeldTokens? Held { get; set; }

    public static TokenNeed? Of(HttpContext? http) => http?.Features.Get<TokenNeed>();

    public static void Note(HttpContext http) => http.Features.Set(new TokenNeed());
}
