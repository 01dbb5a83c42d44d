using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Protection;
using ModelContextProtocol;

namespace McpOidc.McpServer;

/// <summary>Calls the identity provider's userinfo endpoint with the user's own access token.</summary>
internal sealed class IdentityProviderProfile(HttpClient http, IUserAccessor sessions)
{
    private static readonly HttpRequestOptionsKey<bool> s_isForPerson = new("ForPerson");

    /// <summary>The requests that get the access token: the endpoint differs by the user's provider.</summary>
    public static bool IsForPerson(HttpRequestMessage request) =>
        request.Options.TryGetValue(s_isForPerson, out var isForPerson) && isForPerson;

    public async Task<JsonObject> ReadAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        var session = await sessions.GetAsync(user, cancellationToken) ?? throw new McpException("The session has ended. Sign in again.");
        var discovery = await http.GetFromJsonAsync<JsonObject>(
            new Uri(session.Provider.TrimEnd('/') + "/.well-known/openid-configuration"),
            cancellationToken
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, discovery!["userinfo_endpoint"]!.GetValue<string>());
        request.Options.Set(s_isForPerson, true);
        using var response = await http.SendAsync(request, cancellationToken);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken) ?? []
            : throw new McpException($"The identity provider rejected the token: HTTP {(int)response.StatusCode}. Sign in again.");
    }
}
