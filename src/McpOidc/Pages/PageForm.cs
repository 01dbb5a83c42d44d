using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>Tells a form that a person sent from one of our pages from one that somebody else made (cross-site request forgery).</summary>
internal static class PageForm
{
    public const string TokenField = "token";

    /// <summary>Belongs to one page in one browser; says nothing about either.</summary>
    public static string Token(string browserHash, string id) => OpaqueToken.Hash($"{browserHash}.{id}");

    public static bool IsOurs(HttpRequest request, IFormCollection form, Issuer issuer, string browserHash, string id) =>
        IsFromThisSite(request, issuer) && OpaqueToken.Matches($"{browserHash}.{id}", form[TokenField].ToString());

    // Beside the form token: no browser lets a page of another site forge these (the cookies are SameSite=Lax as well).
    private static bool IsFromThisSite(HttpRequest request, Issuer issuer) =>
        request.Headers.Origin is not [{ Length: > 0 } origin, ..]
        || origin == issuer.Origin
        // Browsers send "null" for a page with Referrer-Policy: no-referrer, which ours has.
        || (origin == "null" && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin");
}
