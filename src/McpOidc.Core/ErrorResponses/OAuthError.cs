using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.ErrorResponses;

/// <summary>An OAuth error response for programs (RFC 6749 §5.2): JSON, never cached, and readable from every origin through the CORS
/// middleware.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Error">The error code.</param>
/// <param name="Description">For a developer; ASCII, and without exception details.</param>
internal sealed record OAuthError(int Status, string Error, string Description) : IResult
{
    /// <summary>The maximum body size; no OAuth request needs more.</summary>
    public const int MaximumBodyBytes = 64 * 1024;

    /// <summary>The response to a body that is too large.</summary>
    public static OAuthError TooLarge { get; } =
        new(StatusCodes.Status413PayloadTooLarge, "invalid_request", $"The request body is larger than {MaximumBodyBytes} bytes.");

    /// <summary>The Retry-After of 503 and 429, in seconds.</summary>
    public int? RetryAfter { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var body = new JsonObject { ["error"] = Error, ["error_description"] = Description };
        return response.WriteAsync(body.ToJsonString(), httpContext.RequestAborted);
    }

    public static OAuthError TemporarilyUnavailable() =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            "temporarily_unavailable",
            "The server is temporarily unavailable. No data was lost; try again later."
        )
        {
            RetryAfter = 2,
        };
}
