using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>What the application does at a protected endpoint.</summary>
public sealed class McpOidcEvents
{
    /// <summary>
    /// Called for each request whose token is good, before policies are asked: add to <see cref="TokenValidatedContext.Principal"/>, or
    /// refuse it by <see cref="TokenValidatedContext.Fail"/>. An exception is a fault of the request (500).
    /// </summary>
    public Func<TokenValidatedContext, Task> OnTokenValidated { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when a request is refused, before the answer is written: 400, 401, 403 or 503.</summary>
    public Func<RefusedContext, Task> OnRefused { get; set; } = _ => Task.CompletedTask;
}

/// <summary>A request whose token is good.</summary>
/// <param name="HttpContext">The request.</param>
/// <param name="Principal">Who calls. Of this request alone, so it may be changed, or replaced.</param>
public sealed record TokenValidatedContext(HttpContext HttpContext, ClaimsPrincipal Principal)
{
    /// <summary>Who calls, as the rest of the application sees it.</summary>
    public ClaimsPrincipal Principal { get; set; } = Principal;

    internal string? Failure { get; private set; }

    /// <summary>Refuses the token: 401 <c>invalid_token</c> (RFC 6750 §3.1).</summary>
    /// <param name="description">Why, for the client's developer; printable ASCII without quotation marks or backslashes.</param>
    public void Fail(string description)
    {
        ArgumentException.ThrowIfNullOrEmpty(description);
        Failure = string.Concat(description.Select(character => character is >= ' ' and <= '~' and not '"' and not '\\' ? character : ' '));
    }
}

/// <summary>A request that is refused.</summary>
/// <param name="HttpContext">The request.</param>
/// <param name="StatusCode">The status of the answer.</param>
/// <param name="Error">The OAuth error, for instance <c>invalid_token</c>.</param>
/// <param name="Description">What the client is told.</param>
public sealed record RefusedContext(HttpContext HttpContext, int StatusCode, string Error, string Description);
