using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace McpOidc.DevIdp;

/// <summary>The signed-in user of each browser, and the token that binds a form to a browser.</summary>
internal sealed class SignedInBrowsers(DevIdpOptions options)
{
    private readonly ConcurrentDictionary<string, (string UserName, DateTimeOffset At)> _sessions = new(StringComparer.Ordinal);

    // Cookies ignore ports: without it, servers on localhost would overwrite each other's.
    private string SessionCookie => $"devidp-{new Uri(options.Issuer).Port}";

    private string FormCookie => $"devidp-form-{new Uri(options.Issuer).Port}";

    public (DevIdpUser User, DateTimeOffset At)? Find(HttpContext context) =>
        context.Request.Cookies[SessionCookie] is { } id
        && _sessions.TryGetValue(id, out var session)
        && options.Users.FirstOrDefault(user => user.UserName == session.UserName) is { } user
            ? (user, session.At)
            : null;

    public void SignIn(HttpContext context, DevIdpUser user)
    {
        var id = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _sessions[id] = (user.UserName, options.Clock.GetUtcNow());
        context.Response.Cookies.Append(SessionCookie, id, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax });
    }

    public void SignOut(HttpContext context)
    {
        if (context.Request.Cookies[SessionCookie] is { } id)
        {
            _sessions.TryRemove(id, out _);
            context.Response.Cookies.Delete(SessionCookie);
        }
    }

    public string FormToken(HttpContext context)
    {
        if (context.Request.Cookies[FormCookie] is not { Length: > 0 } value)
        {
            value = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            context.Response.Cookies.Append(FormCookie, value, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });
        }

        return Hash(value);
    }

    public bool IsFormToken(HttpContext context, string? token) =>
        token is not null
        && context.Request.Cookies[FormCookie] is { } value
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(value)), Encoding.ASCII.GetBytes(token));

    private static string Hash(string value) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(value)));
}
