using System.ComponentModel;
using System.Security.Claims;
using McpOidc.Protection;
using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Server;

namespace IdentityApp;

/// <summary>Tools for the users of the application. Roles come from ASP.NET Core Identity.</summary>
[McpServerToolType]
public static class Tools
{
    [McpServerTool(Name = "whoami", ReadOnly = true), Description("Shows who is signed in.")]
    public static async Task<string> WhoAmI(ClaimsPrincipal user, IUserAccessor users, CancellationToken cancellationToken) =>
        await users.GetAsync(user, cancellationToken) is { } person
            ? $"{person.Claims["email"]}, user {person.IdentityProviderSubject} of this application"
            : "Your sign-in has ended.";

    [McpServerTool(Name = "close_shop"), Authorize(Roles = "owner"), Description("Closes the shop. For owners.")]
    public static string CloseShop() => "Closed.";
}
