using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Marks that the current request needs the identity provider's token, and holds the result of the lookup.</summary>
internal sealed class TokenNeed
{
    public HeldTokens? Held { get; set; }

    public static TokenNeed? Of(HttpContext? http) => http?.Features.Get<TokenNeed>();

    public static void Note(HttpContext http) => http.Features.Set(new TokenNeed());
}
