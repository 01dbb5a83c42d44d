using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Token;

/// <summary>The grant that the current request is about to create. It is written together with its authorization code, which OpenIddict
/// creates.</summary>
internal sealed class NewGrant(GrantRecord grant)
{
    public GrantRecord Grant => grant;

    /// <summary>The browser to which the code is sealed, so that it can be repeated there.</summary>
    public BrowserSeal? Seal { get; init; }

    /// <summary>The code of a grant that already exists, instead of a new one.</summary>
    public string? KnownCode { get; private set; }

    /// <summary>The new code, sealed for the browser.</summary>
    public byte[]? SealedCode { get; private set; }

    public static NewGrant? Of(HttpContext? http) => http?.Features.Get<NewGrant>();

    public static void Hold(HttpContext http, NewGrant grant) => http.Features.Set(grant);

    /// <returns>A grant whose code may be repeated; <see langword="null"/> if it is redeemed, expired or another browser's.</returns>
    public static NewGrant? Reopen(GrantRecord given, BrowserSeal seal, DateTimeOffset now) =>
        CodeOf(given, seal, now) is { } code ? new NewGrant(given) { KnownCode = code } : null;

    public void SealCode(string code) => SealedCode = Seal?.Seal(code, grant.Id);

    /// <summary>A concurrent request created the grant first: use its code.</summary>
    public void YieldTo(GrantRecord given, DateTimeOffset now) => KnownCode = Seal is null ? null : CodeOf(given, Seal, now);

    private static string? CodeOf(GrantRecord given, BrowserSeal seal, DateTimeOffset now) =>
        given is { IsLive: true, Code: { RedeemedAt: null, Sealed: { } payload } known } && known.ExpiresAt > now
            ? seal.Open(payload, given.Id)
            : null;
}
