using System.Security.Claims;
using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>Extracts data for tools from a user's claims, once per sign-in. Register with <c>AddCustomData</c>.</summary>
public interface ICustomDataExtractor
{
    /// <summary>Returns the data to store with the user.</summary>
    /// <param name="user">The verified claims from the identity provider; a claim that is an object or array has its JSON as
    /// value.</param>
    /// <returns>The data, or <see langword="null"/> for none.</returns>
    JsonObject? Extract(ClaimsPrincipal user);
}
