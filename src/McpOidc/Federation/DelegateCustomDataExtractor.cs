using System.Security.Claims;
using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>An extractor that calls the delegate given to <c>AddCustomData</c>.</summary>
internal sealed class DelegateCustomDataExtractor(Func<ClaimsPrincipal, JsonObject?> extract) : ICustomDataExtractor
{
    public JsonObject? Extract(ClaimsPrincipal user) => extract(user);
}
