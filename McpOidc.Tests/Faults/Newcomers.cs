namespace McpOidc.Tests.Faults;

/// <summary>People who come all the time: they sign in, work a little, and sign out; half of them just before something breaks.</summary>
internal sealed class Newcomers(RigWorld world)
{
    /// <summary>Calls with tokens that were revoked over two seconds ago, while the MCP server could not read that they were, or not yet
    /// for two seconds.</summary>
    public const string CutOff = "calls with revoked tokens accepted while the store was away";

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(300);

    private Ledger Ledger => world.Ledger;

    /// <summary>One after the other.</summary>
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

    /// <summary>Codes that are redeemed four times at once.</summary>
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

            // The pace of new people in real time, as in Installation.
            await Task.Delay(TimeSpan.FromSeconds(1 + Random.Shared.NextDouble()));
        }
    }

    private async Task LeaveAsync(ToolCaller caller, string user, HeldTokens tokens)
    {
        var waitsForFault = Random.Shared.Next(2) == 0;
        // How long the person stays, and the longest that they wait for a fault to leave in.
        var leaves = Task.Delay(TimeSpan.FromSeconds(1 + (2 * Random.Shared.NextDouble())));
        var latest = Task.Delay(TimeSpan.FromSeconds(6));
        while (!(waitsForFault ? world.FaultAhead : leaves).IsCompleted && !latest.IsCompleted)
        {
            // Seen live until the last moment, so that the MCP server has something to forget.
            await caller.WhoAmIAsync(tokens.AccessToken);
            await Task.WhenAny(waitsForFault ? world.FaultAhead : leaves, Task.Delay(s_turn));
        }

        if (await RevokeAsync(tokens) is { } revokedAt)
        {
            await WatchAsync(caller, user, tokens, revokedAt);
        }
    }

    /// <returns>When the answer was there.</returns>
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
                    // An MCP server that cannot hear of it goes on for StoreOutageTolerance (docs/decisions/0016-revocation-push.md).
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

            // Watched at this pace for as long as the bound lasts.
            await Task.Delay(s_turn);
        }

        if ((await world.Http.RefreshAsync(tokens.RefreshToken)).Status == 200)
        {
            Ledger.Breach(Bar.RevokedTokenAccepted, $"a refresh token of {user} works after its revocation");
        }
    }
}
