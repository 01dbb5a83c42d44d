using System.Text.Json;
using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Token;

/// <summary>
/// Stores the origin of a grant with it. Grants are readable in the store and this is personal data, so it is encrypted separately; it is
/// written with the grant and costs no additional write.
/// </summary>
internal sealed class GrantOrigins(StoredPayloadProtector protector, IHttpContextAccessor? http = null, CallerAddress? addresses = null)
{
    /// <summary>The address of the current request, as counted by limits; the same for all behind one egress.</summary>
    public string Network => http?.HttpContext is { } context ? addresses?.KeyOf(context) ?? "" : "";

    /// <summary>The origin of the current request, for the grant with this id.</summary>
    public async ValueTask<byte[]?> SealAsync(string grantId, CancellationToken cancellationToken, string? label = null) =>
        OfRequest() is { } origin ? await SealAsync(grantId, origin with { Label = label }, cancellationToken) : null;

    /// <summary>Where the current request comes from.</summary>
    public GrantOrigin? OfRequest() =>
        http?.HttpContext is { } context
            ? new GrantOrigin(
                DeviceName.From(context.Request.Headers[HeaderNames.UserAgent].ToString()),
                context.Connection.RemoteIpAddress?.ToString()
            )
            : null;

    /// <summary>Seals an origin that was recorded earlier, for the grant with this id.</summary>
    public async ValueTask<byte[]> SealAsync(string grantId, GrantOrigin origin, CancellationToken cancellationToken) =>
        await protector.ProtectAsync(
            JsonSerializer.SerializeToUtf8Bytes(origin, ServerJson.Default.GrantOrigin),
            KeyOf(grantId),
            cancellationToken
        );

    /// <exception cref="StoredPayloadException">Its key no longer exists, or it belongs to another grant.</exception>
    public async ValueTask<GrantOrigin?> OpenAsync(GrantRecord grant, CancellationToken cancellationToken) =>
        grant.Origin is { } kept
            ? JsonSerializer.Deserialize(
                (await protector.UnprotectAsync(kept, KeyOf(grant.Id), cancellationToken)).Span,
                ServerJson.Default.GrantOrigin
            )
            : null;

    private static string KeyOf(string grantId) => $"{StoreKeys.Grant.Key(grantId)}#origin";
}
