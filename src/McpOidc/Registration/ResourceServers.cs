using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Token;
using McpOidc.Token.ClientAuthentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Registration;

/// <summary>Pre-registered clients that are MCP servers, and the tokens that they receive from clients.</summary>
internal static class ResourceServers
{
    /// <summary>
    /// Treats an MCP server as a presenter of a token, if that is an access token for its resource. For this request only; not stored or
    /// returned.
    /// </summary>
    /// <returns>Whether it is.</returns>
    public static bool Admit(ClientOptions? client, ClaimsPrincipal? token)
    {
        if (!IsFor(client, token))
        {
            return false;
        }

        token.SetPresenters([.. token.GetPresenters(), client.Id]);
        return true;
    }

    /// <summary>Whether a request to one of our endpoints comes from a pre-registered MCP server, authenticated by its secret (RFC 6749
    /// §2.3.1).</summary>
    public static bool Authenticate(HttpRequest request, StaticClients clients) =>
        BasicCredentials
            .Read(request)
            .Any(sent =>
                clients.OptionsOf(sent.Id)?.ResourceServer is not null
                && OpaqueToken.Matches(sent.Secret, clients.Find(sent.Id)?.SecretHash)
            );

    /// <summary>Whether a token is an access token for the resource of this MCP server.</summary>
    public static bool IsFor([NotNullWhen(true)] ClientOptions? client, [NotNullWhen(true)] ClaimsPrincipal? token) =>
        client?.ResourceServer is { } resource
        && token?.HasTokenType(TokenTypeIdentifiers.AccessToken) == true
        && token.GetAudiences().Any(audience => CanonicalResource.AreSame(audience, resource));
}
