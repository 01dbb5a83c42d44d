using System.Diagnostics;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Revocation;

/// <summary>What ended is told to every MCP server through the store (D02, G24). The clock of these tests stands still: nothing in them
/// ends by age.</summary>
public abstract class RevocationPushTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);

    protected abstract Task<TestStore> CreateStoreAsync();

    [StoreFact]
    public Task A_revocation_takes_effect_within_two_seconds_though_sessions_are_not_looked_up_again() =>
        AssertEndsWithinTheBoundAsync(inner => new StoreDecorator(inner));

    [StoreFact]
    public Task A_revocation_takes_effect_within_two_seconds_after_a_missed_message() =>
        AssertEndsWithinTheBoundAsync(inner => new DeafStore(inner));

    [StoreFact]
    public async Task Calls_of_known_sessions_read_nothing_from_the_store()
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

        // The log itself is read once a second, whatever the number of calls and sessions.
        Assert.InRange(counted.Reads - before, 0, watch.Elapsed.TotalSeconds + 2);
    }

    [StoreFact]
    public async Task More_revocations_at_once_than_the_log_holds_are_all_heard_of()
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
    public Task A_revocation_that_was_not_told_of_is_told_of_when_it_is_asked_for_again() =>
        AssertIsToldAgainAsync(tokens => tokens.AccessToken);

    [StoreFact]
    public Task Also_by_the_refresh_token() => AssertIsToldAgainAsync(tokens => tokens.RefreshToken);

    private async Task AssertIsToldAgainAsync(Func<TokenAnswer, string> which)
    {
        await using var signedIn = await StartAsync(inner => inner);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        // As after a crash between the two writes.
        var records = signedIn.System.Server.Services.GetRequiredService<RecordStore>();
        var found = (
            await records.GetAsync(
                StoreKeys.Grant,
                JwtReader.Payload(signedIn.Tokens.AccessToken)["sid"]!.ToString(),
                CancellationToken.None
            )
        )!;
        var ended = found.Value with { RevokedAt = signedIn.System.Clock.GetUtcNow(), Refresh = null };
        await records.ReplaceAsync(StoreKeys.Grant, ended.Id, found.Version, ended, ended.ExpiresAt, CancellationToken.None);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));

        Assert.Equal(200, (await signedIn.Client.PostAsync("/token/revocation", [("token", which(signedIn.Tokens))])).Status);
        await AssertRefusedWithinAsync(signedIn, signedIn.Tokens.AccessToken);
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
        var watch = Stopwatch.StartNew();
        while (await signedIn.StatusAsync(token) != 401)
        {
            Assert.True(watch.Elapsed < s_bound, $"The token was still accepted after {watch.Elapsed}.");
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
