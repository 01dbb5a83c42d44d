using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>The error that the client gets at its redirect URI (RFC 6749 §4.1.2.1).</summary>
internal static class AuthorizationErrorResponse
{
    public static IResult Of(string error, string description) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );

    /// <summary>The user may have none of the requested scopes.</summary>
    public static IResult OfNoScope() => Of(Errors.AccessDenied, "The user is not allowed any of the requested scopes.");
}
