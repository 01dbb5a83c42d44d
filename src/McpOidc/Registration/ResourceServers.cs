using System.Security.Claims;
using McpOidc.Configuration;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Registration;

/// <summary>Clients of the configuration that are MCP servers, and the tokens that people's clients send them.</summary>
internal static class ResourceServers
{
    /// <summary>
    /// Counts an MCP server among those that may present a token, where it is an access token for its resource. For this request only:
    /// nothing of it is written or told.
    /// </summary>
    /// <returns>Whether it is.</returns>
    public static bool Admit(ClientOptions? client, ClaimsPrincipal? token)
    {
        if (
            client?.ResourceServer is not { } resource
            || token?.HasTokenType(TokenTypeIdentifiers.AccessToken) != true
            || !token.GetAudiences().Any(audience => CanonicalResource.AreSame(audience, resource))
        )
        {
            return false;
        }

        token.SetPresenters([.. token.GetPresenters(), client.Id]);
        return true;
    }
}
