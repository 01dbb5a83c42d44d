using McpOidc.Tests.Conformance;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>What an installation can lose or change without clients having to register again: the user only signs in once more.</summary>
public sealed class LostStoreTests
{
    private const string Secret = "the-secret-of-this-installation-in-tests";
    private const string NextSecret = "the-secret-that-follows-by-the-runbook";

    private static readonly string[] s_losses = ["another empty store", "91 days idle", "400 days idle", "the secret changed"];

    public static TheoryData<string> Losses() => [.. s_losses];

    [Theory]
    [MemberData(nameof(Losses))]
    public Task The_CSharp_SDK_keeps_working_with_its_client_id_after(string loss) =>
        JourneyAsync(loss, async resource => await SdkClient.ConnectAsync(resource));

    [NodeTheory]
    [InlineData(1, "another empty store")]
    [InlineData(2, "another empty store")]
    [InlineData(2, "400 days idle")]
    public Task The_TypeScript_SDK_keeps_working_with_its_client_id_after(int version, string loss) =>
        JourneyAsync(loss, resource => TypeScriptSdkClient.ConnectAsync(resource, version));

    [NodeTheory]
    [InlineData("another empty store")]
    [InlineData("the secret changed")]
    public Task Mcp_remote_keeps_working_with_its_client_id_after(string loss) => JourneyAsync(loss, McpRemoteClient.ConnectAsync);

    [ConformanceTheory]
    [InlineData("another empty store")]
    [InlineData("400 days idle")]
    public async Task Claude_Code_keeps_working_with_its_client_id_after(string loss)
    {
        using var store = TestStore.Sqlite();
        using var other = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:Secret", Secret);
                options.Set("McpOidc:Registration:ClientIdMetadataDocuments:Enabled", "false");
            },
            store
        );
        await using var bell = new BrowserBell();
        await CommandLineClient.RunAsync(bell, NoInternetTests.ClaudeCode, "mcp", "add", "-t", "http", "test", system.Resource);
        await SignInAsync();
        Assert.Equal(1, Registrations(system));

        if (loss == "400 days idle")
        {
            system.Clock.Advance(TimeSpan.FromDays(400));
        }

        await system.RestartAsync(loss == "400 days idle" ? store : other);

        await SignInAsync();
        Assert.Equal(0, Registrations(system));
        Assert.Equal(2, bell.Rings);

        async Task SignInAsync()
        {
            var (code, output) = await CommandLineClient.RunInTerminalAsync(bell, NoInternetTests.ClaudeCode, "mcp", "login", "test");
            Assert.True(code == 0, $"{output} {bell.Failure}");
            var (_, listed) = await CommandLineClient.RunAsync(bell, NoInternetTests.ClaudeCode, "mcp", "list");
            Assert.Contains("Connected", listed, StringComparison.Ordinal);
        }
    }

    [RedisFact]
    public async Task A_client_keeps_working_after_a_move_from_SQLite_to_Redis()
    {
        await using var fixture = new RedisServerFixture();
        using var redis = TestStore.Redis(await fixture.ServerAsync());
        await JourneyAsync("", async resource => await SdkClient.ConnectAsync(resource), redis);
    }

    private static async Task JourneyAsync(string loss, Func<string, Task<IJourneyClient>> connect, TestStore? next = null)
    {
        using var store = TestStore.Sqlite();
        using var other = next ?? TestStore.Sqlite();
        TestSystemOptions settings = null!;
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                settings = options;
                options.Set("McpOidc:Secret", Secret);
            },
            store
        );
        await using var client = await connect(system.Resource);
        await client.CallAsync("whoami");
        Assert.Equal(1, Registrations(system));

        if (loss.EndsWith("days idle", StringComparison.Ordinal))
        {
            system.Clock.Advance(TimeSpan.FromDays(int.Parse(loss.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
        }
        else if (loss == "the secret changed")
        {
            settings.Set("McpOidc:Secret", NextSecret);
            settings.Set("McpOidc:PreviousSecrets:0", Secret);
        }

        await system.RestartAsync(loss.EndsWith("store", StringComparison.Ordinal) || next is not null ? other : store);

        Assert.NotEqual("nobody", await client.CallAsync("whoami"));
        Assert.Equal(0, Registrations(system));
        Assert.Equal(loss == "the secret changed" ? 1 : 2, client.SignIns);
    }

    // The first registration of a process is always logged.
    private static int Registrations(TestSystem system) =>
        system.Server.Logs.Lines.Count(line => line.Contains(" registered.", StringComparison.Ordinal));
}
