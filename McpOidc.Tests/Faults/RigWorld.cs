namespace McpOidc.Tests.Faults;

/// <summary>What every simulated person and program of a run shares.</summary>
internal sealed class RigWorld(RigClient http, Ledger ledger, int users, CancellationToken over)
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _browsers = new(8);
    private TaskCompletionSource _faultAhead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RigClient Http => http;

    public Ledger Ledger => ledger;

    /// <summary>Ends when clients stop to work by themselves.</summary>
    public CancellationToken Over => over;

    /// <summary>Completes a moment before something breaks: the worst time for whoever waits for it.</summary>
    public Task FaultAhead => _faultAhead.Task;

    public void AnnounceFault() =>
        Interlocked.Exchange(ref _faultAhead, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public string AnyUser() => $"user{Random.Shared.Next(users)}";

    /// <summary>A person signs in, and begins anew until it succeeds.</summary>
    /// <returns><see langword="null"/> when the run ends before.</returns>
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

    /// <summary>What a real client waits before it tries again: longer with every attempt, and never the same for two.</summary>
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

/// <summary>What an installation keeps.</summary>
internal sealed record HeldTokens(string AccessToken, string RefreshToken, TimeSpan EndsAt)
{
    public static HeldTokens Read(RigAnswer answer, TimeSpan askedAt) =>
        new(
            answer["access_token"]!,
            answer["refresh_token"]!,
            askedAt + TimeSpan.FromSeconds(double.Parse(answer["expires_in"]!, System.Globalization.CultureInfo.InvariantCulture))
        );
}
