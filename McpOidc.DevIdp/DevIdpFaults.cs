namespace McpOidc.DevIdp;

/// <summary>Makes the demo identity provider misbehave, for tests.</summary>
public sealed class DevIdpFaults
{
    private readonly Lock _gate = new();
    private int _failures;
    private int _status;
    private string? _error;

    /// <summary>Omits the refresh token from responses to a refresh.</summary>
    public bool OmitRefreshToken { get; set; }

    /// <summary>Responds to a refresh with an empty refresh token.</summary>
    public bool EmptyRefreshToken { get; set; }

    /// <summary>The delay before a response to a refresh.</summary>
    public TimeSpan RefreshDelay { get; set; }

    /// <summary>The delay before a response of the userinfo endpoint.</summary>
    public TimeSpan UserInfoDelay { get; set; }

    /// <summary>Fails the next refreshes.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">The OAuth error; <see langword="null"/> for a response without one.</param>
    /// <param name="times">How many refreshes fail.</param>
    public void FailRefresh(int status, string? error, int times)
    {
        lock (_gate)
        {
            (_status, _error, _failures) = (status, error, times);
        }
    }

    internal bool TryTakeFailure(out int status, out string? error)
    {
        lock (_gate)
        {
            (status, error) = (_status, _error);
            return _failures > 0 && _failures-- > 0;
        }
    }
}
