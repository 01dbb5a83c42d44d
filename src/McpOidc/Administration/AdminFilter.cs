using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.RateLimits;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Administration;

/// <summary>Requires the operators' key. Without a configured key the endpoints do not exist.</summary>
internal sealed class AdminFilter(IOptions<AdminOptions> options, RateLimiter limiter, RateLimitSet limits, CallerAddress addresses)
    : IEndpointFilter
{
    private const string Scheme = "Bearer ";
    private const string AfterParameter = "after";
    private readonly string? _hash = options.Value.Key is { Length: > 0 } key ? OpaqueToken.Hash(key) : null;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (_hash is null)
        {
            return Results.NotFound();
        }

        var http = context.HttpContext;
        var header = http.Request.Headers.Authorization.ToString();
        var key = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
        if (!OpaqueToken.Matches(key, _hash))
        {
            return await RefuseAsync(http, hasSent: key is not null);
        }

        try
        {
            return await next(context);
        }
        catch (FormatException) when (http.Request.Query.ContainsKey(AfterParameter))
        {
            return new OAuthError(
                StatusCodes.Status400BadRequest,
                "invalid_request",
                "The after parameter must be the next value of the previous page."
            );
        }
    }

    private async ValueTask<IResult> RefuseAsync(HttpContext http, bool hasSent)
    {
        if (await limiter.SpendAsync(limits.FailuresOfAddress, addresses.KeyOf(http)) is { } refusal)
        {
            return TooManyRequests.Answer(http, refusal);
        }

        http.Response.Headers[HeaderNames.WWWAuthenticate] = hasSent ? "Bearer error=\"invalid_token\"" : "Bearer";
        return new OAuthError(
            StatusCodes.Status401Unauthorized,
            "invalid_token",
            "Send the operators' key (McpOidc:Admin:Key) as bearer token."
        );
    }
}
