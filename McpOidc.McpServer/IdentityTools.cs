using System.ComponentModel;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Protection;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpOidc.McpServer;

/// <summary>Two tools: one returns the signed-in user, and one calls an upstream API as that user.</summary>
[McpServerToolType]
internal sealed class IdentityTools
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    [McpServerTool(Name = "whoami", ReadOnly = true, Destructive = false, OpenWorld = false)]
    [Description("Returns the signed-in user: subject, client, scopes, and the claims from the identity provider.")]
    public static async Task<string> WhoAmI(ClaimsPrincipal user, IUserAccessor sessions, CancellationToken cancellationToken)
    {
        var session = await sessions.GetAsync(user, cancellationToken) ?? throw new McpException("The session has ended. Sign in again.");
        return new JsonObject
        {
            ["subject"] = session.Subject,
            ["client_id"] = user.FindFirst("client_id")?.Value,
            ["scopes"] = user.FindFirst("scope")?.Value,
            ["provider"] = session.Provider,
            ["name"] = session.Claims["name"]?.DeepClone(),
            ["email"] = session.Claims["email"]?.DeepClone(),
            ["custom_data"] = session.CustomData?.DeepClone(),
        }.ToJsonString(s_indented);
    }

    [McpServerTool(Name = "upstream_profile", ReadOnly = true, Destructive = false, OpenWorld = true)]
    [RequiresIdentityProviderToken]
    [Description("Calls an upstream API, the identity provider's userinfo endpoint, as the signed-in user.")]
    public static async Task<string> IdentityProviderProfile(
        ClaimsPrincipal user,
        IdentityProviderProfile upstream,
        CancellationToken cancellationToken
    ) => (await upstream.ReadAsync(user, cancellationToken)).ToJsonString(s_indented);
}
