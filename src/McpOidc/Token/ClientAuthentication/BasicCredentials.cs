using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>
/// Id and secret in the Authorization header. Both are form-encoded before they are joined (RFC 6749 §2.3.1), but many programs send them
/// as they are, for instance the MCP SDK for TypeScript and <c>curl -u</c>: in a secret with <c>+</c>, which is in most that
/// <c>openssl rand -base64</c> creates, that makes a difference.
/// </summary>
internal sealed record BasicCredentials(string Id, string Secret)
{
    /// <summary>Reads the header in both ways.</summary>
    public static IReadOnlyList<BasicCredentials> Read(HttpRequest request)
    {
        if (
            !AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
        )
        {
            return [];
        }

        var bytes = new byte[header.Parameter?.Length ?? 0];
        return
            Convert.TryFromBase64String(header.Parameter ?? "", bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var id, var secret]
            ? [new(WebUtility.UrlDecode(id), WebUtility.UrlDecode(secret)), new(id, secret)]
            : [];
    }
}
