using System.Security.Claims;
using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>Draws from a person's claims what tools want to know, once per sign-in. Register by <c>AddCustomData</c>.</summary>
public interface ICustomDataExtractor
{
    /// <summary>The data to keep with the person.</summary>
    /// <param name="user">The verified claims of the identity provider; a claim that is an object or array carries its JSON.</param>
    /// <returns>The data, or <see langword="null"/> for none.</returns>
    JsonObject? Extract(ClaimsPrincipal user);
}
