using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.ErrorResponses;

/// <summary>An OAuth error for a machine (RFC 6749 §5.2): JSON, never cached, readable from every origin by way of the CORS
/// middleware.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">The code.</param>
/// <param name="Description">For a developer; ASCII, and nothing of an exception.</param>
internal sealed record OAuthError(int Status, string Error, string Description) : IResult
{
    /// <summary>No request of OAuth has a larger body.</summary>
    public const int MaximumBodyBytes = 64 * 1024;

    /// <summary>The answer to a larger one.</summary>
    public static OAuthError TooLarge { get; } =
        new(StatusCodes.Status413PayloadTooLarge, "invalid_request", $"The body is larger than {MaximumBodyBytes} bytes.");

    /// <summary>Seconds after which to try again, for 503 and 429.</summary>
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
            "The server cannot answer at the moment. Try again later; nothing was lost."
        )
        {
            RetryAfter = 2,
        };
}
