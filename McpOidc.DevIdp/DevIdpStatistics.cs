namespace McpOidc.DevIdp;

/// <summary>The requests to the demo identity provider so far.</summary>
public sealed class DevIdpStatistics
{
    private int _codeRequests;
    private int _refreshRequests;
    private int _refreshReuses;
    private int _userInfoRequests;

    /// <summary>Authorization codes redeemed.</summary>
    public int AuthorizationCodeRequests => Volatile.Read(ref _codeRequests);

    /// <summary>Refresh requests, regardless of the result.</summary>
    public int RefreshRequests => Volatile.Read(ref _refreshRequests);

    /// <summary>Refresh tokens that were used a second time.</summary>
    public int RefreshReuses => Volatile.Read(ref _refreshReuses);

    /// <summary>Requests to the userinfo endpoint with a valid token.</summary>
    public int UserInfoRequests => Volatile.Read(ref _userInfoRequests);

    internal void CountCode() => Interlocked.Increment(ref _codeRequests);

    internal void CountRefresh() => Interlocked.Increment(ref _refreshRequests);

    internal void CountReuse() => Interlocked.Increment(ref _refreshReuses);

    internal void CountUserInfo() => Interlocked.Increment(ref _userInfoRequests);
}
