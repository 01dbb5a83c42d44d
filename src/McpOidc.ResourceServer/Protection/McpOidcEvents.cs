using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Callbacks of the application at a protected endpoint.</summary>
public sealed class McpOidcEvents
{
    /// <summary>
    /// Called for each request with a valid token, before policies are evaluated: add to <see cref="TokenValidatedContext.Principal"/>, or
    /// reject the token with <see cref="TokenValidatedContext.Fail"/>. An exception fails the request with 500.
    /// </summary>
    public Func<TokenValidatedContext, Task> OnTokenValidated { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when a request is rejected, before the response is written: 400, 401, 403 or 503.</summary>
    public Func<RefusedContext, Task> OnRefused { get; set; } = _ => Task.CompletedTask;
}

/// <summary>A request with a valid token.</summary>
/// <param name="HttpContext">The request.</param>
/// <param name="Principal">The caller. Not shared with other requests, so it may be changed or replaced.</param>
public sealed record TokenValidatedContext(HttpContext HttpContext, ClaimsPrincipal Principal)
{
    /// <summary>The caller, as the rest of the application sees it.</summary>
    public ClaimsPrincipal Principal { get; set; } = Principal;

    internal string? Failure { get; private set; }

    /// <summary>Rejects the token: 401 <c>invalid_token</c> (RFC 6750 §3.1).</summary>
    /// <param name="description">The reason, for the client's developer; printable ASCII without quotation marks or backslashes.</param>
    public void Fail(string description)
    {
        ArgumentException.ThrowIfNullOrEmpty(description);
        Failure = string.Concat(description.Select(character => character is >= ' ' and <= '~' and not '"' and not '\\' ? character : ' '));
    }
}

/// <summary>A rejected request.</summary>
/// <param name="HttpContext">The request.</param>
/// <param name="StatusCode">The status of the response.</param>
/// <param name="Error">The OAuth error, for instance <c>invalid_token</c>.</param>
/// <param name="Description">The error description for the client.</param>
public sealed record RefusedContext(HttpContext HttpContext, int StatusCode, string Error, string Description);
