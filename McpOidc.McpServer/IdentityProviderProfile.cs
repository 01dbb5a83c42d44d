using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Protection;
using ModelContextProtocol;

namespace McpOidc.McpServer;

/// <summary>Calls the identity provider's userinfo endpoint with the person's own access token.</summary>
internal sealed class IdentityProviderProfile(HttpClient http, IIdentityProviderTokens tokens, IUserAccessor sessions)
{
    public async Task<JsonObject> ReadAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (
            await sessions.GetAsync(user, cancellationToken) is not { } session
            || await tokens.GetAsync(user, cancellationToken) is not { } held
        )
        {
            throw new McpException("The identity provider ended the sign-in. Sign in again.");
        }

        var discovery = await http.GetFromJsonAsync<JsonObject>(
            new Uri(session.Provider.TrimEnd('/') + "/.well-known/openid-configuration"),
            cancellationToken
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, discovery!["userinfo_endpoint"]!.GetValue<string>());
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", held.AccessToken);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken) ?? [];
    }
}
