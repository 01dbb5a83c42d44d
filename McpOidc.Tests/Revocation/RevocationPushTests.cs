using System.Diagnostics;
using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Revocation;

/// <summary>MCP servers learn of revocations through the store (D02, G24). The clock in these tests stands still: nothing
/// expires.</summary>
public abstract class RevocationPushTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);

    protected abstract Task<TestStore> CreateStoreAsync();

    [StoreFact]
    public Task A_revocation_takes_effect_within_two_seconds_even_if_sessions_are_not_looked_up_again() =>
        AssertEndsWithinTheBoundAsync(inner => new StoreDecorator(inner));

    [StoreFact]
    public Task A_revocation_takes_effect_within_two_seconds_after_a_missed_message() =>
        AssertEndsWithinTheBoundAsync(inner => new DeafStore(inner));

    [StoreFact]
    public async Task Calls_of_known_grants_read_nothing_from_the_store()
    {
        StoreDecorator? counted = null;
        await using var signedIn = await StartAsync(inner => counted = new StoreDecorator(inner));
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        var before = counted!.Reads;
        var watch = Stopwatch.StartNew();
        for (var call = 0; call < 50; call++)
        {
            Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        }

        // The log itself is read once a second, regardless of the number of calls and sessions.
        Assert.InRange(counted.Reads - before, 0, watch.Elapsed.TotalSeconds + 2);
    }

    [StoreFact]
    public async Task More_concurrent_revocations_than_the_log_holds_are_all_noticed()
    {
        await using var signedIn = await StartAsync(inner => new DeafStore(inner));
        var (other, tokens) = await signedIn.SignInAgainAsync();
        using var _ = other;
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        var log = signedIn.System.Server.Services.GetRequiredService<McpOidc.Revocation.RevocationLogWriter>();
        var subject = JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString();
        var grants = signedIn.System.Server.Services.GetRequiredService<McpOidc.Token.Grants>();
        await grants.RevokeAsync(JwtReader.Payload(tokens.AccessToken)["sid"]!.ToString(), CancellationToken.None);
        await log.AppendAsync([.. Enumerable.Range(0, 300).Select(number => $"other-{number}")], CancellationToken.None);

        await AssertRefusedWithinAsync(signedIn, tokens.AccessToken);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        Assert.Equal(2, await CountAsync(grants, subject));
    }

    [StoreFact]
    public Task A_gap_of_more_revocations_than_the_log_holds_makes_every_server_check_its_sessions_again() =>
        AssertLooksAgainAsync((log, ended) => log.With([ended, .. Enumerable.Range(0, RevocationLog.Capacity).Select(n => $"other-{n}")]));

    [StoreFact]
    public Task A_different_log_makes_every_server_check_again() => AssertLooksAgainAsync((log, _) => log with { Id = "another" });

    [StoreFact]
    public Task A_different_and_longer_log_makes_every_server_check_again() =>
        AssertLooksAgainAsync((log, _) => log.With(["other"]) with { Id = "another" });

    [StoreFact]
    public Task An_older_log_makes_every_server_check_again() =>
        AssertLooksAgainAsync((log, _) => log with { Position = log.Position - 1, Ended = [.. log.Ended.SkipLast(1)] });

    [StoreFact]
    public Task An_older_log_that_continued_makes_every_server_check_again() =>
        AssertLooksAgainAsync((log, _) => (log with { Position = log.Position - 1, Ended = [] }).With(["other", "further"]));

    [StoreFact]
    public Task An_older_log_that_continued_to_the_same_position_makes_every_server_check_again() =>
        AssertLooksAgainAsync((log, _) => log with { Ended = [.. log.Ended.SkipLast(1), "other"] });

    [StoreFact]
    public Task A_missing_log_makes_every_server_check_its_sessions_again() => AssertLooksAgainAsync((_, _) => null);

    [StoreFact]
    public Task A_revocation_that_was_not_announced_is_announced_when_it_is_requested_again() =>
        AssertIsToldAgainAsync(tokens => tokens.AccessToken);

    [StoreFact]
    public Task Revoking_the_refresh_token_also_announces_an_unannounced_end() => AssertIsToldAgainAsync(tokens => tokens.RefreshToken);

    private async Task AssertIsToldAgainAsync(Func<TokenAnswer, string> which)
    {
        await using var signedIn = await StartAsync(inner => inner);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        await EndUntoldAsync(signedIn, signedIn.Tokens);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));

        Assert.Equal(200, (await signedIn.Client.PostAsync("/token/revocation", [("token", which(signedIn.Tokens))])).Status);
        await AssertRefusedWithinAsync(signedIn, signedIn.Tokens.AccessToken);
    }

    // The log exists and is followed, and then changes in some way other than by a new revocation entry.
    private async Task AssertLooksAgainAsync(Func<RevocationLog, string, RevocationLog?> change)
    {
        await using var signedIn = await StartAsync(inner => new DeafStore(inner));
        var (other, tokens) = await signedIn.SignInAgainAsync();
        using var _ = other;
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        await other.PostAsync("/token/revocation", [("token", tokens.RefreshToken)]);
        await AssertRefusedWithinAsync(signedIn, tokens.AccessToken);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));

        var ended = await EndUntoldAsync(signedIn, signedIn.Tokens);
        var records = signedIn.System.Server.Services.GetRequiredService<RecordStore>();
        var log = (await records.GetAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, CancellationToken.None))!;
        if (change(log.Value, ended) is { } changed)
        {
            await records.ChangeAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, _ => changed, CancellationToken.None);
        }
        else
        {
            await records.RemoveAsync(StoreKeys.RevocationLog, StoreKeys.RevocationLogId, cancellationToken: CancellationToken.None);
        }

        await AssertRefusedWithinAsync(signedIn, signedIn.Tokens.AccessToken);
    }

    // As after a crash between the write that ends a grant and the one that announces it.
    private static async Task<string> EndUntoldAsync(SignedInSystem signedIn, TokenAnswer tokens)
    {
        var records = signedIn.System.Server.Services.GetRequiredService<RecordStore>();
        var grantId = JwtReader.Payload(tokens.AccessToken)["sid"]!.ToString();
        var found = (await records.GetAsync(StoreKeys.Grant, grantId, CancellationToken.None))!;
        var ended = found.Value with { RevokedAt = signedIn.System.Clock.GetUtcNow(), Refresh = null };
        await records.ReplaceAsync(StoreKeys.Grant, ended.Id, found.Version, ended, ended.ExpiresAt, CancellationToken.None);
        return grantId;
    }

    private async Task<SignedInSystem> StartAsync(Func<IMcpOidcStore, IMcpOidcStore> decorate) =>
        await SignedInSystem.StartAsync(
            options =>
            {
                options.Standalone = true;
                options.Set("McpOidc:ResourceServer:GrantCacheLifetime", "01:00:00");
                options.Mcp = builder => StoreDecorator.Around(builder.Services, decorate);
            },
            await CreateStoreAsync()
        );

    private async Task AssertEndsWithinTheBoundAsync(Func<IMcpOidcStore, IMcpOidcStore> decorate)
    {
        await using var signedIn = await StartAsync(decorate);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        Assert.Equal(200, (await signedIn.Client.PostAsync("/token/revocation", [("token", signedIn.Tokens.RefreshToken!)])).Status);
        await AssertRefusedWithinAsync(signedIn, signedIn.Tokens.AccessToken);
    }

    protected static async Task AssertRefusedWithinAsync(SignedInSystem signedIn, string token)
    {
        // A request counts from when it was sent: on a busy machine its answer takes a while.
        var watch = Stopwatch.StartNew();
        for (var sent = watch.Elapsed; await signedIn.StatusAsync(token) != 401; sent = watch.Elapsed)
        {
            Assert.True(sent < s_bound, $"The token was still accepted after {sent}.");
        }
    }

    private static async Task<int> CountAsync(McpOidc.Token.Grants grants, string subject)
    {
        var count = 0;
        await foreach (var _ in grants.FindAllAsync(subject, clientId: null, CancellationToken.None))
        {
            count++;
        }

        return count;
    }
}
