using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Token;

/// <summary>The grant that the current request is about to give. It is written together with its authorization code, which OpenIddict
/// makes.</summary>
internal sealed class NewGrant(GrantRecord grant)
{
    public GrantRecord Grant => grant;

    /// <summary>To what the code is sealed, so that this browser can be told it again.</summary>
    public BrowserSeal? Seal { get; init; }

    /// <summary>The code of the grant where it was given before, in place of a new one.</summary>
    public string? KnownCode { get; private set; }

    /// <summary>The new code, as it is kept for the browser.</summary>
    public byte[]? SealedCode { get; private set; }

    public static NewGrant? Of(HttpContext? http) => http?.Features.Get<NewGrant>();

    public static void Hold(HttpContext http, NewGrant grant) => http.Features.Set(grant);

    /// <returns>A grant whose code may be given again; <see langword="null"/> where it is redeemed, over or another browser's.</returns>
    public static NewGrant? Reopen(GrantRecord given, BrowserSeal seal, DateTimeOffset now) =>
        CodeOf(given, seal, now) is { } code ? new NewGrant(given) { KnownCode = code } : null;

    public void SealCode(string code) => SealedCode = Seal?.Seal(code, grant.Id);

    /// <summary>Somebody else gave the grant first: the code is theirs.</summary>
    public void YieldTo(GrantRecord given, DateTimeOffset now) => KnownCode = Seal is null ? null : CodeOf(given, Seal, now);

    private static string? CodeOf(GrantRecord given, BrowserSeal seal, DateTimeOffset now) =>
        given is { IsLive: true, Code: { RedeemedAt: null, Sealed: { } payload } known } && known.ExpiresAt > now
            ? seal.Open(payload, given.Id)
            : null;
}
