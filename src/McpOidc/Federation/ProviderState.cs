namespace McpOidc.Federation;

/// <summary>
/// How one provider answers in this process. One that is silent, that asks for it, or that fails again and again is left alone for a
/// moment, longer each time, so that not every call waits for it, and none adds to its load; what one provider does holds up no other.
/// </summary>
internal sealed class ProviderState(TimeProvider clock)
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>Whatever a provider asks for, within an hour it is asked again.</summary>
    private static readonly TimeSpan s_longestAskedFor = TimeSpan.FromHours(1);

    // What fails at once costs nobody a wait, and may have been about one person.
    private const int Tolerated = 2;
    private readonly Lock _gate = new();
    private IdentityProviderException? _last;
    private DateTimeOffset _until;
    private int _failures;

    /// <summary>The last failure, where the provider has not answered since as it should.</summary>
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

    /// <summary>Throws at once while the provider is to be left alone.</summary>
    /// <exception cref="IdentityProviderException">It is.</exception>
    public void ThrowIfLeftAlone()
    {
        lock (_gate)
        {
            if (_last is { } last && _until - clock.GetUtcNow() is { Ticks: > 0 } wait)
            {
                throw new IdentityProviderException($"The identity provider is left alone for a moment after: {last.Message}")
                {
                    Failure = last.Failure,
                    Cause = last.Cause,
                    RetryAfter = wait,
                };
            }
        }
    }

    /// <summary>The provider gave tokens.</summary>
    public void Succeeded()
    {
        lock (_gate)
        {
            (_last, _failures, _until) = (null, 0, default);
        }
    }

    /// <summary>The provider gave none.</summary>
    public void Failed(IdentityProviderException exception)
    {
        if (exception.Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson)
        {
            // It works, and has something against the person or the token.
            Succeeded();
            return;
        }

        lock (_gate)
        {
            var now = clock.GetUtcNow();
            // What was on its way together is one failure.
            if (now >= _until)
            {
                _failures++;
            }

            _last = exception;
            if (_failures <= Tolerated && !IsLeftAloneAtOnce(exception))
            {
                return;
            }

            var wait = exception switch
            {
                { RetryAfter: { } asked } => asked < s_longestAskedFor ? asked : s_longestAskedFor,
                { Failure: IdentityProviderFailure.Misconfigured } => s_longest,
                _ => Shorter(s_shortest * Math.Pow(2, Math.Min(_failures, 10) - 1), s_longest),
            };
            _until = now + wait > _until ? now + wait : _until;
        }
    }

    private static bool IsLeftAloneAtOnce(IdentityProviderException exception) =>
        exception is { RetryAfter: not null } or { Failure: IdentityProviderFailure.Misconfigured } or { Cause: { Status: null or 429 } };

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
