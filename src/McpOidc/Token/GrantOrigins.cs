using System.Text.Json;
using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Token;

/// <summary>
/// Keeps with a grant where it was given. A grant is readable in the store and this is personal, so it is encrypted by itself; it is
/// written with the grant and costs no write of its own.
/// </summary>
internal sealed class GrantOrigins(StoredPayloadProtector protector, IHttpContextAccessor? http = null, CallerAddress? addresses = null)
{
    /// <summary>From where the current request comes, as limits count it; the same for all that share an egress.</summary>
    public string Network => http?.HttpContext is { } context ? addresses?.KeyOf(context) ?? "" : "";

    /// <summary>The origin of the request that is answered now, for the grant of this id.</summary>
    public async ValueTask<byte[]?> SealAsync(string grantId, CancellationToken cancellationToken)
    {
        if (http?.HttpContext is not { } context)
        {
            return null;
        }

        var origin = new GrantOrigin(
            DeviceName.From(context.Request.Headers[HeaderNames.UserAgent].ToString()),
            context.Connection.RemoteIpAddress?.ToString()
        );
        return await protector.ProtectAsync(
            JsonSerializer.SerializeToUtf8Bytes(origin, ServerJson.Default.GrantOrigin),
            KeyOf(grantId),
            cancellationToken
        );
    }

    /// <exception cref="StoredPayloadException">It was written under a key that is gone, or for another grant.</exception>
    public async ValueTask<GrantOrigin?> OpenAsync(GrantRecord grant, CancellationToken cancellationToken) =>
        grant.Origin is { } kept
            ? JsonSerializer.Deserialize(
                (await protector.UnprotectAsync(kept, KeyOf(grant.Id), cancellationToken)).Span,
                ServerJson.Default.GrantOrigin
            )
            : null;

    private static string KeyOf(string grantId) => $"{StoreKeys.Grant.Key(grantId)}#origin";
}
