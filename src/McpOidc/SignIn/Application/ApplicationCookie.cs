using System.Globalization;
using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>The application's cookie: who is signed in at the application in this browser.</summary>
internal sealed class ApplicationCookie(IOptions<ApplicationSignInOptions> options, ApplicationClaims claims)
{
    private const string Time = ".mcpoidc.at";
    private const string Session = ".mcpoidc.sid";

    public string Scheme => options.Value.Scheme;

    /// <returns><see langword="null"/> if no one is signed in, or the principal has no subject.</returns>
    public async Task<ApplicationVisitor?> ReadAsync(HttpContext http)
    {
        LeaveIssuerPath(http);
        return
            await http.AuthenticateAsync(Scheme) is { Succeeded: true, Principal: var principal, Properties: var properties }
            && claims.SubjectOf(principal) is { } subject
            ? new ApplicationVisitor(subject, principal, SignedInAt(principal, properties), SessionOf(properties))
            : null;
    }

    /// <summary>Sends the browser to the application's login page, which redirects to a path of this server.</summary>
    public Task ChallengeAsync(HttpContext http, AskedOfApplication asked, string returnTo)
    {
        LeaveIssuerPath(http);
        var properties = new AuthenticationProperties { RedirectUri = returnTo };
        foreach (var (name, value) in asked.Parameters)
        {
            properties.SetParameter(name, value);
        }

        if (asked.MaximumAge is { } age)
        {
            // For a cookie that forwards its challenge to OpenID Connect (OpenIdConnectChallengeProperties).
            properties.SetParameter<TimeSpan?>("max_age", age);
        }

        return http.ChallengeAsync(Scheme, properties);
    }

    /// <summary>Deletes the cookie so that the login page asks again. Grants are kept.</summary>
    public Task ForgetAsync(HttpContext http)
    {
        LeaveIssuerPath(http);
        http.Items[typeof(ApplicationCookie)] = true;
        return http.SignOutAsync(Scheme);
    }

    /// <summary>Whether this server deletes the cookie, not a sign-out of the person.</summary>
    public static bool IsForgetting(HttpContext http) => http.Items.ContainsKey(typeof(ApplicationCookie));

    /// <summary>Marks the ticket of a new sign-in. A renewed cookie keeps its marks, so a renewal does not look like a sign-in.</summary>
    public static void Mark(AuthenticationProperties properties, DateTimeOffset now)
    {
        properties.Items.TryAdd(Time, now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        properties.Items.TryAdd(Session, OpaqueToken.CreateId());
    }

    /// <summary>The session of a cookie; <see langword="null"/> if the cookie was issued before the application used McpOidc.</summary>
    public static string? SessionOf(AuthenticationProperties? properties) =>
        properties?.Items.TryGetValue(Session, out var id) == true ? id : null;

    // The claim takes precedence: the application may sign users in at another provider.
    private static DateTimeOffset? SignedInAt(ClaimsPrincipal principal, AuthenticationProperties? properties) =>
        long.TryParse(principal.FindFirst("auth_time")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds <= int.MaxValue * 4L
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : properties?.Items.TryGetValue(Time, out var text) == true
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : null;

    // The cookie and the login page belong to the application, which is outside the issuer's path.
    private static void LeaveIssuerPath(HttpContext http)
    {
        if (
            http.Features.Get<IAuthenticationFeature>() is { } feature
            && http.Features.Get<IssuerPathBaseMiddleware.OfApplication>() is { PathBase: var application }
        )
        {
            feature.OriginalPathBase = application;
        }
    }
}

/// <summary>A person who is signed in at the application.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Principal">The principal of the cookie.</param>
/// <param name="SignedInAt">When the person signed in; <see langword="null"/> if unknown.</param>
/// <param name="Session">Identifies the session at sign-out.</param>
internal sealed record ApplicationVisitor(string Subject, ClaimsPrincipal Principal, DateTimeOffset? SignedInAt, string? Session);
