using McpOidc.ErrorResponses;
using McpOidc.Hosting;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>
/// Tells a device to ask again while the store does not respond. RFC 8628 §3.5: after any error but <c>authorization_pending</c> and
/// <c>slow_down</c> it must stop, so that a failover would cost the person the sign-in (golang.org/x/oauth2 stops).
/// </summary>
internal sealed partial class DevicePollFaultMiddleware(RequestDelegate next, ILogger<DevicePollFaultMiddleware> logger)
{
    private static readonly OAuthError s_askAgain = new(
        StatusCodes.Status400BadRequest,
        Errors.SlowDown,
        "The server is temporarily unavailable. No data was lost; ask again 5 seconds later than usual."
    );

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (StoreUnavailableException exception) when (!context.Response.HasStarted && IsPoll(context))
        {
            LogStoreUnavailable(exception);
            FaultMiddleware.Reset(context.Response);
            await s_askAgain.ExecuteAsync(context);
        }
    }

    // The form has been read by ReadAheadMiddleware.
    private static bool IsPoll(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { IsReadAhead: true }
        && context.Features.Get<IFormFeature>()?.Form is { } form
        && form[Parameters.GrantType] == GrantTypes.DeviceCode;

    [LoggerMessage(2995, LogLevel.Error, "Told a device to ask again: the store is unreachable.")]
    private partial void LogStoreUnavailable(Exception exception);
}
