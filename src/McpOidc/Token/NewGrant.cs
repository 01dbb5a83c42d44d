using McpOidc.Sessions;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;

namespace McpOidc.Token;

/// <summary>The grant that the current request creates, and its code (<see cref="IssueCode"/>).</summary>
/// <param name="Grant">The grant, without its code.</param>
/// <param name="Seal">The browser to which the code is sealed, so that it can be repeated there.</param>
/// <param name="KnownCode">The code of a grant that already exists, instead of a new one.</param>
internal sealed record NewGrant(GrantRecord Grant, BrowserSeal? Seal, string? KnownCode = null)
{
    private const string Property = "McpOidc.NewGrant";

    public static NewGrant? Of(OpenIddictServerTransaction transaction) => transaction.GetProperty<NewGrant>(Property);

    public static void Hold(HttpContext http, NewGrant grant) =>
        http.Features.Get<OpenIddictServerAspNetCoreFeature>()!.Transaction!.SetProperty(Property, grant);

    /// <returns>The code of a grant if it may be repeated; <see langword="null"/> if it is redeemed, expired or another
    /// browser's.</returns>
    public static string? CodeOf(GrantRecord? given, BrowserSeal? seal, DateTimeOffset now) =>
        given is { IsLive: true, Code: { RedeemedAt: null, Sealed: { } payload } known } && known.ExpiresAt > now
            ? seal?.Open(payload, given.Id)
            : null;
}
