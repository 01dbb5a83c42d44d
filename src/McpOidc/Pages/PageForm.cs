using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>Distinguishes a form that a user sent from one of our pages from a forged one (cross-site request forgery).</summary>
internal static class PageForm
{
    public const string TokenField = "token";

    /// <summary>Bound to one page in one browser; reveals nothing about either.</summary>
    public static string Token(string browserHash, string id) => OpaqueToken.Hash($"{browserHash}.{id}");

    public static bool IsOurs(HttpRequest request, IFormCollection form, Issuer issuer, string browserHash, string id) =>
        IsFromThisSite(request, issuer) && OpaqueToken.Matches($"{browserHash}.{id}", form[TokenField].ToString());

    /// <summary>Whether no other site's page sent it. In addition to the form token: no browser lets a page forge these headers (the
    /// cookies are SameSite=Lax too).</summary>
    public static bool IsFromThisSite(HttpRequest request, Issuer issuer) =>
        request.Headers.Origin is not [{ Length: > 0 } origin, ..]
        || origin == issuer.Origin
        // Browsers send "null" for a page with Referrer-Policy: no-referrer, as ours have.
        || (origin == "null" && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin");
}
