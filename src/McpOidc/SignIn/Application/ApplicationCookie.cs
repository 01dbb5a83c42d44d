using System.Globalization;
using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>Who is signed in at the application in a browser, by its authentication scheme.</summary>
internal sealed class ApplicationCookie(IOptions<ApplicationSignInOptions> options, ApplicationClaims claims, Issuer issuer)
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

    /// <summary>Sends the browser to the application's own login page, which leads back to a path of ours.</summary>
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
            // As OpenIdConnectChallengeProperties has it, for a cookie that forwards its challenge.
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

    /// <summary>Whether this server deletes the cookie, and the person does not sign out.</summary>
    public static bool IsForgetting(HttpContext http) => http.Items.ContainsKey(typeof(ApplicationCookie));

    /// <summary>Marks the ticket of a new sign-in. A renewed cookie keeps its marks: a renewal does not look like a sign-in.</summary>
    public static void Mark(AuthenticationProperties properties, DateTimeOffset now)
    {
        properties.Items.TryAdd(Time, now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        properties.Items.TryAdd(Session, OpaqueToken.CreateId());
    }

    /// <summary>The session of a cookie; <see langword="null"/> for one that is older than McpOidc in this application.</summary>
    public static string? SessionOf(AuthenticationProperties? properties) =>
        properties?.Items.TryGetValue(Session, out var id) == true ? id : null;

    // The claim comes first: the application may have asked another provider.
    private static DateTimeOffset? SignedInAt(ClaimsPrincipal principal, AuthenticationProperties? properties) =>
        long.TryParse(principal.FindFirst("auth_time")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds <= int.MaxValue * 4L
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : properties?.Items.TryGetValue(Time, out var text) == true
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : null;

    // The cookie and the login page belong to the application, which is not below the issuer's path.
    private void LeaveIssuerPath(HttpContext http)
    {
        if (
            issuer.Path.Length > 0
            && http.Features.Get<IAuthenticationFeature>() is { } feature
            && feature.OriginalPathBase.Value is { } path
            && path.EndsWith(issuer.Path, StringComparison.OrdinalIgnoreCase)
        )
        {
            feature.OriginalPathBase = path[..^issuer.Path.Length];
        }
    }
}

/// <summary>A person who is signed in at the application.</summary>
/// <param name="Subject">Who.</param>
/// <param name="Principal">What the cookie says of them.</param>
/// <param name="SignedInAt">When they signed in; <see langword="null"/> where nothing says so.</param>
/// <param name="Session">By which the application's sign-out is known again.</param>
internal sealed record ApplicationVisitor(string Subject, ClaimsPrincipal Principal, DateTimeOffset? SignedInAt, string? Session);
