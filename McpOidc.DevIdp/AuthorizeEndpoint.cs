using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.DevIdp;

/// <summary>Signs users in and issues codes.</summary>
internal sealed class AuthorizeEndpoint(
    DevIdpOptions options,
    SignedInBrowsers browsers,
    RefreshFamilies families,
    Memberships people,
    Pages pages
)
{
    private const string Cancelled = "devidp_cancelled";
    private const string JustSignedIn = "devidp_signed_in";

    public IResult Authorize(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest()!;
        if (request[Cancelled] is not null)
        {
            return Refuse(Errors.AccessDenied);
        }

        var session = browsers.Find(context);
        var fresh = request[JustSignedIn] is not null;
        var mustSignIn =
            session is null
            || (
                !fresh
                && (
                    request.HasPromptValue(PromptValues.Login)
                    || request.HasPromptValue(PromptValues.SelectAccount)
                    || (options.Clock.GetUtcNow() - session.Value.At).TotalSeconds > request.MaxAge
                )
            );
        if (!mustSignIn)
        {
            return Results.SignIn(
                Principal(session!.Value.User, session.Value.At, request),
                authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
            );
        }

        return request.HasPromptValue(PromptValues.None)
            ? Refuse(Errors.LoginRequired)
            : pages.SignIn(context, "/authorize" + context.Request.QueryString, request.LoginHint, failed: false);
    }

    public async Task<IResult> SignInAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var returnUrl = form["return_url"].ToString();
        if (!browsers.IsFormToken(context, form["form_token"]) || !returnUrl.StartsWith("/authorize?", StringComparison.Ordinal))
        {
            return Pages.Message(context, "This form is no longer valid. Go back and start again.");
        }

        if (form["action"] == "cancel")
        {
            return Results.Redirect(QueryHelpers.AddQueryString(returnUrl, Cancelled, "1"));
        }

        var userName = form["username"].ToString();
        if (options.Users.FirstOrDefault(user => user.UserName == userName && user.Password == form["password"]) is not { } known)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return pages.SignIn(context, returnUrl, userName, failed: true);
        }

        browsers.SignIn(context, known);
        return Results.Redirect(QueryHelpers.AddQueryString(returnUrl, JustSignedIn, "1"));
    }

    /// <summary>The switch on the start page.</summary>
    public async Task<IResult> SetGroupsAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (!browsers.IsFormToken(context, form["form_token"]) || people.Find(form["username"]) is not { } user)
        {
            return Pages.Message(context, "This form is no longer valid. Go back and start again.");
        }

        people.Set(user.UserName, form["groups"].ToString().Split(','));
        return Results.Redirect("/");
    }

    public IResult EndSession(HttpContext context)
    {
        browsers.SignOut(context);
        return Results.SignOut(
            new AuthenticationProperties { RedirectUri = "/" },
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );
    }

    private ClaimsPrincipal Principal(DevIdpUser user, DateTimeOffset at, OpenIddictRequest request)
    {
        var identity = new ClaimsIdentity("DevIdp", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.AuthenticationTime, at.ToUnixTimeSeconds());
        identity.SetClaim(RedeemTokens.FamilyClaim, families.Begin());
        identity.SetClaim(RedeemTokens.GenerationClaim, 0);
        identity.SetClaim(RedeemTokens.CodeClaim, Guid.NewGuid().ToString("N"));
        identity.SetScopes(request.GetScopes());
        UserClaims.Put(identity, people.Find(user.UserName) ?? user, request.GetScopes());
        return new ClaimsPrincipal(identity);
    }

    private static IResult Refuse(string error) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?> { [OpenIddictServerAspNetCoreConstants.Properties.Error] = error }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );
}
