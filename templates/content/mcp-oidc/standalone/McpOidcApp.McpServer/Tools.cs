using System.ComponentModel;
using System.Security.Claims;
using McpOidc.Protection;
using ModelContextProtocol.Server;

/// <summary>The tools of this server. IIdentityProviderTokens provides the user's identity provider token, for APIs that they
/// call.</summary>
[McpServerToolType]
public static class Tools
{
    [McpServerTool(Name = "whoami", ReadOnly = true), Description("Returns the signed-in user.")]
    public static async Task<string> WhoAmI(ClaimsPrincipal user, IUserAccessor sessions, CancellationToken cancellationToken)
        => await sessions.GetAsync(user, cancellationToken) is { } session
            ? $"{session.Claims["name"]} <{session.Claims["email"]}>, {session.IdentityProviderSubject} at {session.Provider}"
            : "Your sign-in has ended.";
}
