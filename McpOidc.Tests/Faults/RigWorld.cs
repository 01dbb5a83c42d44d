namespace McpOidc.Tests.Faults;

/// <summary>The state that all simulated users and programs of a run share.</summary>
internal sealed class RigWorld(RigClient http, Ledger ledger, int users, CancellationToken over)
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _browsers = new(8);
    private TaskCompletionSource _faultAhead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RigClient Http => http;

    public Ledger Ledger => ledger;

    /// <summary>Canceled when the clients should stop.</summary>
    public CancellationToken Over => over;

    /// <summary>Completes a moment before a fault, so that clients waiting for it act at the worst time.</summary>
    public Task FaultAhead => _faultAhead.Task;

    public void AnnounceFault() =>
        Interlocked.Exchange(ref _faultAhead, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public string AnyUser() => $"user{Random.Shared.Next(users)}";

    /// <summary>Signs a user in, starting over until it succeeds.</summary>
    /// <returns><see langword="null"/> if the run ends first.</returns>
    public async Task<HeldTokens?> SignInAsync(string user)
    {
        var began = ledger.Now;
        for (var attempt = 0; !over.IsCancellationRequested; attempt++)
        {
            if (await TrySignInAsync(user) is { } tokens)
            {
                ledger.Count("sign-ins");
                ledger.Took("to sign in, all attempts", ledger.Now - began);
                return tokens;
            }

            ledger.Count("sign-ins begun again");
            await PauseAsync(attempt);
        }

        return null;
    }

    /// <summary>The backoff of a real client: longer with every attempt, with jitter.</summary>
    public static Task PauseAsync(int attempt)
    {
        var longest = Math.Min(s_longestPause.TotalMilliseconds, 100 * Math.Pow(2, attempt));
        return Task.Delay(TimeSpan.FromMilliseconds(longest * (0.5 + (0.5 * Random.Shared.NextDouble()))));
    }

    private async Task<HeldTokens?> TrySignInAsync(string user)
    {
        await _browsers.WaitAsync(CancellationToken.None);
        try
        {
            var (begun, code, failure) = await http.AuthorizeAsync(user);
            using var client = begun;
            if (code is null)
            {
                ledger.Failed("sign-in", 0, failure!);
                return null;
            }

            var askedAt = ledger.Now;
            var answer = await http.RedeemAsync(begun, code);
            if (answer.Status != 200)
            {
                ledger.Failed("redemption", answer.Status, answer.Text);
                return null;
            }

            return HeldTokens.Read(answer, askedAt);
        }
        finally
        {
            _browsers.Release();
        }
    }
}

/// <summary>The tokens that an installation stores.</summary>
internal sealed record HeldTokens(string AccessToken, string RefreshToken, TimeSpan EndsAt)
{
    public static HeldTokens Read(RigAnswer answer, TimeSpan askedAt) =>
        new(
            answer["access_token"]!,
            answer["refresh_token"]!,
            askedAt + TimeSpan.FromSeconds(double.Parse(answer["expires_in"]!, System.Globalization.CultureInfo.InvariantCulture))
        );
}
