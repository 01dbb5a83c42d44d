using System.Buffers.Text;
using OpenIddict.Abstractions;

namespace McpOidc.DPoP;

/// <summary><c>dpop_jkt</c> of an authorization request: the code can be redeemed only with a proof of this key (RFC 9449 §10).</summary>
internal static class BoundCode
{
    public const string Parameter = "dpop_jkt";
    private const int ThumbprintLength = 43;

    public static string? KeyOf(OpenIddictRequest request) =>
        request[Parameter]?.ToString() is { Length: > 0 } thumbprint ? thumbprint : null;

    public static bool IsMalformed(OpenIddictRequest request) =>
        KeyOf(request) is { } thumbprint && (thumbprint.Length != ThumbprintLength || !Base64Url.IsValid(thumbprint));
}
