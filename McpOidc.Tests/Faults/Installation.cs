namespace McpOidc.Tests.Faults;

/// <summary>
/// One installation of a client: one file with tokens, and one or more processes that share it. Each behaves like a well-behaved client: it
/// reads the file before it refreshes, retries with the same refresh token when there was no answer, and replaces only the token that it
/// used.
/// </summary>
internal sealed class Installation(RigWorld world, string name, string user, int processes, double callsPerSecond)
{
    // Times in tokens are whole seconds, and the clocks differ by the full tolerance: a token that is about to expire may be refused
    // already.
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(2);
    private readonly Lock _file = new();
    private HeldTokens? _held;
    private int _forcedLogouts;

    private Ledger Ledger => world.Ledger;

    private HeldTokens Held
    {
        get
        {
            lock (_file)
            {
                return _held!;
            }
        }
    }

    /// <summary>The only time that the user has to sign in.</summary>
    public async Task SignInAsync() =>
        _held = await world.SignInAsync(user) ?? throw new TimeoutException($"{name} could not sign in, though nothing was broken yet.");

    /// <summary>Makes calls until the run is over.</summary>
    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, processes).Select(process => WorkAsync($"{name}.{process}")));

    /// <summary>Whether, after the last fault, it is still signed in with the tokens that it has.</summary>
    public async Task<bool> WorksAsync(TimeSpan patience)
    {
        var until = Ledger.Now + patience;
        var caller = new ToolCaller(world.Http, Ledger, user);
        for (var attempt = 0; Ledger.Now < until; attempt++)
        {
            if (
                await RenewAsync(Held, name, until) is { } held
                && await caller.IdentityProviderProfileAsync(held.AccessToken) == CallOutcome.Accepted
            )
            {
                return _forcedLogouts == 0;
            }

            await RigWorld.PauseAsync(attempt);
        }

        return false;
    }

    private async Task WorkAsync(string process)
    {
        var caller = new ToolCaller(world.Http, Ledger, user);
        var held = Held;
        // Every third one waits for the 401; the others go by expires_in.
        var looksAhead = Random.Shared.Next(3) != 0;
        for (var turn = 0; !world.Over.IsCancellationRequested; turn++)
        {
            if (looksAhead && Ledger.Now >= held.EndsAt)
            {
                held = await RenewAsync(held, process) ?? held;
            }

            held = await CallAsync(caller, held, turn, process);
            // Paced in real time, because the processes it calls run in real time.
            var pause = Task.Delay(TimeSpan.FromSeconds((0.5 + Random.Shared.NextDouble()) / callsPerSecond));
            if (processes == 1 && await Task.WhenAny(pause, world.FaultAhead) != pause)
            {
                // A program refreshes as soon as it starts; here, at the worst moment.
                await Task.Delay(Random.Shared.Next(400));
                held = await RenewAsync(held, process) ?? held;
            }

            await pause;
        }
    }

    private async Task<HeldTokens> CallAsync(ToolCaller caller, HeldTokens held, int turn, string process)
    {
        var outcome = await CallOnceAsync(caller, held, turn);
        if (outcome == CallOutcome.Unauthorized && await RenewAsync(held, process) is { } renewed)
        {
            held = renewed;
            outcome = await CallOnceAsync(caller, held, turn);
            if (outcome == CallOutcome.Unauthorized && Ledger.Now < held.EndsAt - s_margin)
            {
                await LogOutAsync(process, held, "a new access token is refused");
            }
        }

        if (outcome == CallOutcome.ProviderSessionEnded)
        {
            await LogOutAsync(process, held, "a tool says that the identity provider's session has ended");
        }

        return held;
    }

    private static Task<CallOutcome> CallOnceAsync(ToolCaller caller, HeldTokens held, int turn) =>
        turn % 2 == 0 ? caller.IdentityProviderProfileAsync(held.AccessToken) : caller.WhoAmIAsync(held.AccessToken);

    /// <returns><see langword="null"/> if the run ended before there were new tokens.</returns>
    private async Task<HeldTokens?> RenewAsync(HeldTokens stale, string process, TimeSpan? until = null)
    {
        var began = Ledger.Now;
        for (var attempt = 0; until is null ? !world.Over.IsCancellationRequested : Ledger.Now < until; attempt++)
        {
            var held = Held;
            if (held.AccessToken != stale.AccessToken && Ledger.Now < held.EndsAt - s_margin)
            {
                Ledger.Count("tokens taken from the file of a twin");
                return held;
            }

            var askedAt = Ledger.Now;
            var answer = await world.Http.RefreshAsync(held.RefreshToken);
            if (answer.Status == 200)
            {
                return Keep(held, answer, askedAt, began, process);
            }

            if (answer.IsRefusal)
            {
                await LogOutAsync(process, held, $"refresh answered {answer.Status} {answer.Text}");
                return _held;
            }

            Ledger.Count("refreshes tried again");
            Ledger.Failed("refresh", answer.Status, answer.Text);
            await RigWorld.PauseAsync(attempt);
        }

        return null;
    }

    private HeldTokens Keep(HeldTokens used, RigAnswer answer, TimeSpan askedAt, TimeSpan began, string process)
    {
        var fresh = HeldTokens.Read(answer, askedAt);
        Ledger.Count("refreshes");
        Ledger.Took("of an installation without tokens", Ledger.Now - began);
        Ledger.Succeeded(used.RefreshToken, fresh.RefreshToken, process);
        Ledger.Works(askedAt);
        lock (_file)
        {
            // A faster twin has already used the successor.
            _held = _held!.RefreshToken == used.RefreshToken ? fresh : _held;
        }

        return fresh;
    }

    /// <summary>The user has to sign in again. This counts as one breach, no matter how many twins notice it.</summary>
    private async Task LogOutAsync(string process, HeldTokens held, string why)
    {
        lock (_file)
        {
            if (_held!.RefreshToken != held.RefreshToken)
            {
                return;
            }
        }

        Interlocked.Increment(ref _forcedLogouts);
        Ledger.Breach(Bar.ForcedLogout, $"{process} of {user}: {why}");
        if (await world.SignInAsync(user) is { } tokens)
        {
            lock (_file)
            {
                _held = tokens;
            }
        }
    }
}
