using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Administration;

/// <summary>Lets in who holds the operators' key. Where there is none, nothing is there.</summary>
internal sealed class AdminGate(IOptions<AdminOptions> options) : IEndpointFilter
{
    private const string Scheme = "Bearer ";
    private readonly string? _hash = options.Value.Key is { Length: > 0 } key ? OpaqueToken.Hash(key) : null;

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (_hash is null)
        {
            return new(Results.NotFound());
        }

        var header = context.HttpContext.Request.Headers.Authorization.ToString();
        var key = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
        if (OpaqueToken.Matches(key, _hash))
        {
            return next(context);
        }

        context.HttpContext.Response.Headers[HeaderNames.WWWAuthenticate] = key is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        return new(new OAuthError(StatusCodes.Status401Unauthorized, "invalid_token", "This needs the operators' key, McpOidc:Admin:Key, as bearer token."));
    }
}
