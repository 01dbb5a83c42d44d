namespace McpOidc.Tests.Faults;

/// <summary>A steady stream of new users: they sign in, make some calls, and sign out; half of them just before a fault.</summary>
internal sealed class Newcomers(RigWorld world)
{
    /// <summary>Calls with tokens revoked over two seconds ago, while the MCP server could not read the store or had been able to for less
    /// than two seconds.</summary>
    public const string CutOff = "calls with revoked tokens accepted while the store was away";

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(300);

    private Ledger Ledger => world.Ledger;

    /// <summary>Signs in and revokes, one user after the other.</summary>
    public async Task RevokeAsync()
    {
        while (!world.Over.IsCancellationRequested)
        {
            var user = world.AnyUser();
            if (await world.SignInAsync(user) is { } tokens)
            {
                await LeaveAsync(new ToolCaller(world.Http, Ledger, user), user, tokens);
            }
        }
    }

    /// <summary>Redeems each code four times at once.</summary>
    public async Task RaceAsync()
    {
        while (!world.Over.IsCancellationRequested)
        {
            var (begun, code, _) = await world.Http.AuthorizeAsync(world.AnyUser());
            using var client = begun;
            if (code is not null)
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Http.RedeemAsync(begun, code)));
                Ledger.Count("codes raced for");
                if (answers.Count(answer => answer.Status == 200) > 1)
                {
                    Ledger.Breach(Bar.DoubleRedemption, "a code was redeemed twice");
                }
            }

            // New users arrive in real time, as in Installation.
            await Task.Delay(TimeSpan.FromSeconds(1 + Random.Shared.NextDouble()));
        }
    }

    private async Task LeaveAsync(ToolCaller caller, string user, HeldTokens tokens)
    {
        var waitsForFault = Random.Shared.Next(2) == 0;
        // How long the user stays, and the longest wait for a fault to sign out in.
        var leaves = Task.Delay(TimeSpan.FromSeconds(1 + (2 * Random.Shared.NextDouble())));
        var latest = Task.Delay(TimeSpan.FromSeconds(6));
        while (!(waitsForFault ? world.FaultAhead : leaves).IsCompleted && !latest.IsCompleted)
        {
            // The token is used until the last moment, so that the MCP server has it cached.
            await caller.WhoAmIAsync(tokens.AccessToken);
            await Task.WhenAny(waitsForFault ? world.FaultAhead : leaves, Task.Delay(s_turn));
        }

        if (await RevokeAsync(tokens) is { } revokedAt)
        {
            await WatchAsync(caller, user, tokens, revokedAt);
        }
    }

    /// <returns>When the answer arrived.</returns>
    private async Task<TimeSpan?> RevokeAsync(HeldTokens tokens)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var answer = await world.Http.RevokeAsync(Random.Shared.Next(2) == 0 ? tokens.RefreshToken : tokens.AccessToken);
            if (answer.Status == 200)
            {
                Ledger.Count("revocations");
                return Ledger.Now;
            }

            Ledger.Failed("revocation", answer.Status, answer.Text);
            await RigWorld.PauseAsync(attempt);
        }

        return null;
    }

    private async Task WatchAsync(ToolCaller caller, string user, HeldTokens tokens, TimeSpan revokedAt)
    {
        while (Ledger.Now < revokedAt + s_watch)
        {
            var began = Ledger.Now;
            var answering = Ledger.StoreAnswersSince;
            var outcome = await caller.WhoAmIAsync(tokens.AccessToken);
            if (began > revokedAt + s_bound)
            {
                Ledger.Count("calls with revoked tokens");
                if (outcome == CallOutcome.Accepted && (answering == TimeSpan.MaxValue || began < answering + s_bound))
                {
                    // An MCP server that cannot learn of the revocation continues for StoreOutageTolerance
                    // (docs/decisions/0016-revocation-push.md).
                    Ledger.Count(CutOff);
                }
                else if (outcome == CallOutcome.Accepted)
                {
                    Ledger.Breach(
                        Bar.RevokedTokenAccepted,
                        $"a call of {user}, {(began - revokedAt).TotalSeconds:F2} s after the revocation"
                    );
                }
            }

            // Polls at this interval.
            await Task.Delay(s_turn);
        }

        if ((await world.Http.RefreshAsync(tokens.RefreshToken)).Status == 200)
        {
            Ledger.Breach(Bar.RevokedTokenAccepted, $"a refresh token of {user} works after its revocation");
        }
    }
}
