using McpOidc.Keys;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Token;

/// <summary>Reads refresh tokens: several parts of a request need the same one, and its MAC is verified for the first of them.</summary>
internal sealed class RefreshTokenReader(IRootKeys keys, IHttpContextAccessor http)
{
    /// <returns>The token; <see langword="null"/> for a value that this server did not issue.</returns>
    public async ValueTask<RefreshToken?> ReadAsync(string? value, CancellationToken cancellationToken)
    {
        var features = http.HttpContext?.Features;
        if (features?.Get<RefreshToken>() is { } known && known.Value == value)
        {
            return known;
        }

        var token = RefreshToken.Read(value, await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken));
        if (token is not null)
        {
            features?.Set(token);
        }

        return token;
    }
}
