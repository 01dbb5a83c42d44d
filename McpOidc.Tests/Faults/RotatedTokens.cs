namespace McpOidc.Tests.Faults;

/// <summary>The tokens that the provider issues.</summary>
internal sealed record IssuedTokens(string AccessToken, string RefreshToken);

/// <summary>
/// The provider's token families. A refresh issues a new refresh token; the previous one may be reused, in case the answer was lost, and
/// gets the same successor; an older one counts as theft and ends the session, which forces the user to sign in again.
/// </summary>
internal sealed class RotatedTokens(Ledger ledger, bool strict)
{
    // On a busy machine, a token that was valid when the tool received it may arrive just after it expires.
    private static readonly TimeSpan s_travel = TimeSpan.FromSeconds(1.5);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Family> _byRefreshToken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Family Family, TimeSpan ExpiresAt)> _byAccessToken = new(StringComparer.Ordinal);

    public IssuedTokens Begin(string user)
    {
        lock (_gate)
        {
            ledger.Count("provider: sign-ins");
            return Rotate(new Family(user));
        }
    }

    /// <returns><see langword="null"/>: <c>invalid_grant</c>.</returns>
    public IssuedTokens? Refresh(string refreshToken)
    {
        lock (_gate)
        {
            if (!_byRefreshToken.TryGetValue(refreshToken, out var family) || family.Ended)
            {
                return null;
            }

            if (refreshToken == family.Current)
            {
                ledger.Count("provider: refreshes");
                return Rotate(family);
            }

            if (!strict && refreshToken == family.Previous)
            {
                ledger.Count("provider: refreshes with the token before");
                return new IssuedTokens(NewAccessToken(family), family.Current!);
            }

            family.Ended = true;
            ledger.Breach(Bar.ForcedLogout, $"the provider ended a session of {family.User}: a refresh token came that it had rotated");
            return null;
        }
    }

    /// <summary>Uses an access token.</summary>
    /// <returns>The user it belongs to.</returns>
    public string? Use(string accessToken)
    {
        lock (_gate)
        {
            ledger.Count("provider: tokens used by tools");
            if (!_byAccessToken.TryGetValue(accessToken, out var issued))
            {
                ledger.Breach(Bar.StaleProviderToken, "a token of the provider that it never issued");
                return null;
            }

            if (ledger.Now > issued.ExpiresAt + s_travel)
            {
                ledger.Breach(
                    Bar.StaleProviderToken,
                    $"a token of {issued.Family.User}, {(ledger.Now - issued.ExpiresAt).TotalSeconds:F1} s after its end"
                );
            }

            return issued.Family.User;
        }
    }

    private IssuedTokens Rotate(Family family)
    {
        family.Previous = family.Current;
        family.Current = $"rt-{Guid.NewGuid():N}";
        _byRefreshToken[family.Current] = family;
        return new IssuedTokens(NewAccessToken(family), family.Current);
    }

    private string NewAccessToken(Family family)
    {
        var token = $"at-{Guid.NewGuid():N}";
        _byAccessToken[token] = (family, ledger.Now + RigSettings.ProviderTokenLifetime);
        return token;
    }

    private sealed class Family(string user)
    {
        public string User { get; } = user;
        public string? Current { get; set; }
        public string? Previous { get; set; }
        public bool Ended { get; set; }
    }
}
