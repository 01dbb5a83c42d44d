namespace McpOidc.Federation;

/// <summary>
/// Tracks how one provider responds in this process. A provider that does not respond, sends Retry-After or fails repeatedly is not called
/// for a moment, each time longer, so that not every call waits for it or adds to its load. Other providers are not affected.
/// </summary>
internal sealed class ProviderState(TimeProvider clock)
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>The maximum pause, even if a provider asks for a longer one.</summary>
    private static readonly TimeSpan s_longestAskedFor = TimeSpan.FromHours(1);

    // A fast failure delays no request, and may have concerned a single user.
    private const int Tolerated = 2;
    private readonly Lock _gate = new();
    private IdentityProviderException? _last;
    private DateTimeOffset _failedAt;
    private DateTimeOffset _until;
    private int _failures;

    /// <summary>The last failure, if the provider has not responded properly since.</summary>
    public IdentityProviderException? Problem
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>Throws immediately during a pause.</summary>
    /// <exception cref="IdentityProviderException">There is a pause.</exception>
    public void ThrowIfLeftAlone()
    {
        lock (_gate)
        {
            if (_last is { } last && Now() is var now && _until - now is { Ticks: > 0 } wait)
            {
                throw new IdentityProviderException($"The identity provider is not called for a moment after a failure: {last.Message}")
                {
                    Failure = last.Failure,
                    Cause = last.Cause,
                    RetryAfter = wait,
                };
            }
        }
    }

    /// <summary>The provider issued tokens.</summary>
    public void Succeeded()
    {
        lock (_gate)
        {
            (_last, _failures, _until) = (null, 0, default);
        }
    }

    /// <summary>The provider issued none.</summary>
    public void Failed(IdentityProviderException exception)
    {
        if (exception.Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson)
        {
            // It works, but rejects the user or the token.
            Succeeded();
            return;
        }

        lock (_gate)
        {
            var now = Now();
            // Concurrent requests count as one failure.
            if (now >= _until)
            {
                _failures++;
            }

            (_last, _failedAt) = (exception, now);
            if (_failures <= Tolerated && !IsLeftAloneAtOnce(exception))
            {
                return;
            }

            var wait = exception switch
            {
                // Some send 0.
                { RetryAfter: { } asked } when asked < s_shortest => s_shortest,
                { RetryAfter: { } asked } => Shorter(asked, s_longestAskedFor),
                { Failure: IdentityProviderFailure.Misconfigured } => s_longest,
                _ => Shorter(s_shortest * Math.Pow(2, Math.Min(_failures, 10) - 1), s_longest),
            };
            _until = now + wait > _until ? now + wait : _until;
        }
    }

    // The end of a pause means nothing to a clock that was set back since.
    private DateTimeOffset Now()
    {
        var now = clock.GetUtcNow();
        _until = now < _failedAt ? default : _until;
        return now;
    }

    private static bool IsLeftAloneAtOnce(IdentityProviderException exception) =>
        exception is { RetryAfter: not null } or { Failure: IdentityProviderFailure.Misconfigured } or { Cause: { Status: null or 429 } };

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
