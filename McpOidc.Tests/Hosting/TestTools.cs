using System.ComponentModel;
using System.Net.Http.Headers;
using System.Security.Claims;
using McpOidc.Protection;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Hosting;

/// <summary>The tools of the system under test.</summary>
[McpServerToolType]
public sealed class TestTools
{
    [McpServerTool(Name = "whoami"), Description("The subject.")]
    public static string WhoAmI(ClaimsPrincipal user) => user.FindFirst("sub")?.Value ?? "nobody";

    [McpServerTool(Name = "upstream_profile"), Description("The identity provider's userinfo, asked as the user.")]
    public static async Task<string> IdentityProviderProfile(
        ClaimsPrincipal user,
        IIdentityProviderTokens tokens,
        IUserAccessor sessions,
        IHttpClientFactory clients,
        CancellationToken cancellationToken
    )
    {
        if (
            await sessions.GetAsync(user, cancellationToken) is not { } session
            || await tokens.GetAsync(user, cancellationToken) is not { } held
        )
        {
            return "no session";
        }

        using var http = clients.CreateClient();
        var discovery = await http.GetStringAsync(new Uri(session.Provider + "/.well-known/openid-configuration"), cancellationToken);
        var endpoint = System.Text.Json.Nodes.JsonNode.Parse(discovery)!["userinfo_endpoint"]!.GetValue<string>();
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", held.AccessToken);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
