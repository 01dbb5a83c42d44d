using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Sessions;

/// <summary>
/// The two cookies, both random and meaningless outside the store. The binding cookie ties an interaction to the browser that started it,
/// before sign-in; the session cookie represents a signed-in user and is replaced at every sign-in.
/// </summary>
internal sealed class BrowserCookies(Issuer issuer, IOptions<TokenOptions> lifetimes)
{
    // Cookies ignore ports: without the port in the name, two servers on localhost would overwrite each other's. __Host- requires TLS.
    private readonly string _bindingName = issuer.IsSecure ? "__Host-mcpoidc-browser" : $"mcpoidc-browser-{issuer.Uri.Port}";
    private readonly string _sessionName = issuer.IsSecure ? "__Host-mcpoidc-session" : $"mcpoidc-session-{issuer.Uri.Port}";

    /// <summary>The hash of the binding cookie; empty if the browser has none, which matches nothing.</summary>
    public string ReadBinding(HttpContext context) =>
        context.Request.Cookies[_bindingName] is { Length: > 0 } value ? OpaqueToken.Hash(value) : "";

    /// <summary>The hash of the binding cookie, which is set if the browser has none.</summary>
    public string EnsureBinding(HttpContext context) => OpaqueToken.Hash(EnsureCookie(context));

    /// <summary>The seal of the browser.</summary>
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
            // Lax, because the return from the identity provider is a cross-site navigation.
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = maxAge,
            IsEssential = true,
        };
}
