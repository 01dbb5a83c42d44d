using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Token;

/// <summary>What a grant says about its refresh tokens, and what it says after a redemption or a rotation. Reads and writes
/// nothing.</summary>
internal sealed class RefreshTokenFamilies(GrantOrigins origins, IOptions<TokenOptions> options, Lifetimes lifetimes, TimeProvider clock)
{
    public RefreshTokenState Judge(GrantRecord grant, RefreshToken token)
    {
        var now = clock.GetUtcNow();
        var hash = token.Hash;
        return grant.Refresh is not { } family ? (grant.IsLive ? JudgeNewer(grant, token, grant.ExpiresAt) : RefreshTokenState.Replayed)
            : hash == family.CurrentHash ? (now < family.CurrentExpiresAt ? RefreshTokenState.Current : RefreshTokenState.Expired)
            : hash == family.PreviousHash ? (now < family.PreviousExpiresAt ? RefreshTokenState.Previous : RefreshTokenState.Expired)
            : token.Generation > family.Generation ? JudgeNewer(grant, token, family.CurrentExpiresAt)
            : RefreshTokenState.Replayed;
    }

    // A live grant without a family has lost the redemption itself: anything that ends a family ends its grant.
    private RefreshTokenState JudgeNewer(GrantRecord grant, RefreshToken token, DateTimeOffset expiresAt) =>
        clock.GetUtcNow() >= expiresAt ? RefreshTokenState.Expired
        : token.IsBound && grant.RefreshKey is null ? RefreshTokenState.NewerWithoutKey
        : RefreshTokenState.Newer;

    private DateTimeOffset NextExpiry(GrantRecord grant)
    {
        var idle = clock.GetUtcNow() + lifetimes.RefreshToken(grant.Resource);
        var absolute = grant.CreatedAt + options.Value.RefreshTokenAbsoluteLifetime;
        return idle < absolute ? idle : absolute;
    }

    /// <summary>The grant once its code is redeemed.</summary>
    public GrantRecord Redeem(GrantRecord grant, AuthorizationCodeRecord code) => grant with { Code = code.Redeem(clock.GetUtcNow()) };

    /// <summary>The family that a first refresh token starts.</summary>
    public RefreshTokenFamily First(GrantRecord grant, RefreshToken token) =>
        new()
        {
            Generation = 1,
            CurrentHash = token.Hash,
            CurrentExpiresAt = NextExpiry(grant),
        };

    /// <summary>The family once a token has its successor.</summary>
    public RefreshTokenFamily Next(GrantRecord grant, RefreshToken token, RefreshToken successor, string? boundTo) =>
        new()
        {
            Generation = successor.Generation,
            CurrentHash = successor.Hash,
            CurrentExpiresAt = NextExpiry(grant),
            PreviousHash = token.Hash,
            PreviousExpiresAt = grant.Refresh?.CurrentExpiresAt ?? grant.ExpiresAt,
            Successor = token.SealSuccessor(successor.Value),
            IsBoundByRotation = grant.RefreshKey is null && boundTo is not null ? true : null,
            RotatedFrom = token.Mark(origins.Network),
        };

    /// <summary>The grant with a new state of its family, used now.</summary>
    public GrantRecord WithFamily(GrantRecord grant, RefreshTokenFamily family, string? boundTo)
    {
        var now = clock.GetUtcNow();
        return grant with
        {
            // Redeemed, whatever the record says: its tokens are in use.
            Code = grant.Code?.IsRemembered(now) == true ? grant.Code.Redeem(now) : null,
            Refresh = family,
            RefreshKey = grant.RefreshKey ?? boundTo,
            LastUsedAt = now,
            ExpiresAt = family.CurrentExpiresAt + lifetimes.AccessToken(grant.Resource) + Grants.Margin,
        };
    }
}
