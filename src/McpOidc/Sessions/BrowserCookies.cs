using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Sessions;

/// <summary>
/// The two cookies, both random and meaningless outside the store. The binding cookie ties an interaction to the browser that began it,
/// before anybody is signed in; the session cookie stands for a signed-in person and is new with every sign-in.
/// </summary>
internal sealed class BrowserCookies(Issuer issuer, IOptions<TokenOptions> lifetimes)
{
    // Cookies ignore ports: without the port two servers on localhost would overwrite one another's. __Host- needs TLS.
    private readonly string _bindingName = issuer.IsSecure ? "__Host-mcpoidc-browser" : $"mcpoidc-browser-{issuer.Uri.Port}";
    private readonly string _sessionName = issuer.IsSecure ? "__Host-mcpoidc-session" : $"mcpoidc-session-{issuer.Uri.Port}";

    /// <summary>The hash of the binding cookie; empty when the browser has none, and then nothing matches.</summary>
    public string ReadBinding(HttpContext context) =>
        context.Request.Cookies[_bindingName] is { Length: > 0 } value ? OpaqueToken.Hash(value) : "";

    /// <summary>The hash of the binding cookie, which is set when the browser has none.</summary>
    public string EnsureBinding(HttpContext context) => OpaqueToken.Hash(EnsureCookie(context));

    /// <summary>What is sealed to the browser.</summary>
    public BrowserSeal SealOf(HttpContext context) => new(EnsureCookie(context));

    private string EnsureCookie(HttpContext context)
    {
        if (context.Request.Cookies[_bindingName] is { Length: > 0 } known)
        {
            return known;
        }

        if (context.Items[_bindingName] is not string value)
        {
            context.Items[_bindingName] = value = OpaqueToken.Create();
            context.Response.Cookies.Append(_bindingName, value, Options(maxAge: null));
        }

        return value;
    }

    public string? ReadSession(HttpContext context) => context.Request.Cookies[_sessionName];

    public void WriteSession(HttpContext context, string value) =>
        context.Response.Cookies.Append(_sessionName, value, Options(lifetimes.Value.BrowserSessionLifetime));

    public void DeleteSession(HttpContext context) => context.Response.Cookies.Delete(_sessionName, Options(maxAge: null));

    private CookieOptions Options(TimeSpan? maxAge) =>
        new()
        {
            HttpOnly = true,
            Secure = issuer.IsSecure,
            // Lax: the way back from the identity provider is a navigation from another site.
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = maxAge,
            IsEssential = true,
        };
}
