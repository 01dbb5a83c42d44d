using System.Globalization;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Faults;

/// <summary>
/// The system as deployed, under load and with faults: two authorization servers behind a load balancer and an MCP server, all separate
/// processes with clocks half a minute apart, on a Redis that does not lose acknowledged writes.
/// </summary>
internal sealed class FaultRig : IAsyncDisposable
{
    /// <summary>The Redis configuration for setups that must not lose data.</summary>
    public static string[] Durable { get; } = ["--appendonly", "yes", "--appendfsync", "always"];

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly RigSettings _settings;
    private readonly IReadOnlyList<RedisServer> _redis;
    private readonly string _connection;
    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-faults-").FullName;
    private readonly int _issuerPort = Loopback.FreePort();
    private readonly int _mcpPort = Loopback.FreePort();
    private ServerProcess[] _servers = [];
    private RotatingProvider _provider = null!;
    private LoadBalancer _balancer = null!;

    private FaultRig(RigSettings settings, IReadOnlyList<RedisServer> redis, string connection) =>
        (_settings, _redis, _connection) = (settings, redis, connection);

    public Ledger Ledger { get; } = new();

    /// <summary>The folder with the processes' logs.</summary>
    public string Folder => _folder;

    private string Issuer => $"http://localhost:{_issuerPort}";

    private string Resource => $"http://localhost:{_mcpPort}/mcp";

    public static async Task<FaultRig> StartAsync(RigSettings settings, IReadOnlyList<RedisServer> redis, string connection)
    {
        var rig = new FaultRig(settings, redis, connection);
        try
        {
            await rig.StartPartsAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the clients under faults for the configured time. The ledger has the results.</summary>
    /// <returns>How many installations still work at the end without their user having had to sign in again.</returns>
    public async Task<int> RunAsync()
    {
        using var registrar = new OAuthClient(Issuer, Resource);
        await registrar.RegisterAsync();
        using var http = new RigClient(Issuer, Resource, registrar.ClientId);
        using var over = new CancellationTokenSource(RigSettings.SignInPatience);
        var world = new RigWorld(http, Ledger, Math.Max(5, _settings.Installations / 2), over.Token);
        var installations = CreateInstallations(world);
        await Task.WhenAll(installations.Select(installation => installation.SignInAsync()));

        over.CancelAfter(_settings.Duration);
        using var calm = new CancellationTokenSource(_settings.Duration - RigSettings.Calm);
        var newcomers = new Newcomers(world);
        await Task.WhenAll([
            new FaultDriver(world, _servers, _redis, _provider, _settings.Seed).RunAsync(calm.Token),
            .. installations.Select(installation => installation.RunAsync()),
            .. Enumerable.Range(0, 4).Select(_ => newcomers.RevokeAsync()),
            newcomers.RaceAsync(),
        ]);
        var working = await Task.WhenAll(installations.Select(installation => installation.WorksAsync(TimeSpan.FromSeconds(10))));
        return working.Count(works => works);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>Some installations are several processes that share one file. The overall call rate is about the same for any number of
    /// installations.</summary>
    private Installation[] CreateInstallations(RigWorld world)
    {
        int[] twins = _settings.Installations < 50 ? [2, 3, 5] : [2, 3, 5, 20];
        var many = Enumerable.Range(0, _settings.Installations).Select(number => number < twins.Length ? twins[number] : 1).ToArray();
        var callsPerSecond = Math.Min(1.0, 30.0 / many.Sum());
        return
        [
            .. many.Select(
                (processes, number) => new Installation(world, $"installation {number}", $"user{number / 2}", processes, callsPerSecond)
            ),
        ];
    }

    private async Task StartPartsAsync()
    {
        _provider = Add(await RotatingProvider.StartAsync(new RotatedTokens(Ledger, _settings.StrictProvider), Ledger));
        var clocks = new Random(_settings.Seed);
        TimeSpan[] offsets = [RigSettings.ClockDifference, TimeSpan.Zero];
        clocks.Shuffle(offsets);
        _servers =
        [
            .. offsets.Select(
                (offset, number) =>
                    Add(
                        new ServerProcess(
                            $"auth-{number}",
                            "McpOidc.AuthServer.dll",
                            Loopback.FreePort(),
                            offset,
                            ServerSettings(),
                            _folder
                        )
                    )
            ),
        ];
        _balancer = Add(await LoadBalancer.StartAsync(_issuerPort, [.. _servers.Select(server => server.Origin)]));
        var mcp = Add(new ServerProcess("mcp", "McpOidc.McpServer.dll", _mcpPort, offsets[clocks.Next(2)], McpSettings(), _folder));
        await Task.WhenAll([.. _servers.Select(server => server.StartAsync()), mcp.StartAsync()]);
    }

    private T Add<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    private Dictionary<string, string> ServerSettings() =>
        new(Common())
        {
            ["McpOidc__Issuer"] = Issuer,
            ["McpOidc__Resources__0__Uri"] = Resource,
            ["McpOidc__Resources__0__Name"] = "Rig",
            ["McpOidc__Tokens__AccessTokenLifetime"] = Text(RigSettings.AccessTokenLifetime),
            ["McpOidc__IdentityProvider__Issuer"] = _provider.Issuer,
            ["McpOidc__IdentityProvider__ClientId"] = RotatingProvider.ClientId,
            ["McpOidc__IdentityProvider__ClientSecret"] = RotatingProvider.ClientSecret,
            ["McpOidc__IdentityProvider__Scopes"] = "openid email offline_access",
            ["McpOidc__IdentityProvider__Timeout"] = "00:00:03",
        };

    private Dictionary<string, string> McpSettings() =>
        new(Common()) { ["McpOidc__Authority"] = Issuer, ["McpOidc__ResourceServer__Resource"] = Resource };

    private Dictionary<string, string> Common() =>
        new()
        {
            ["ConnectionStrings__redis"] = _connection,
            ["McpOidc__Secret"] = "a secret of the fault rig, long enough to be taken",
            ["McpOidc__IdentityProvider__RefreshBefore"] = Text(RigSettings.RefreshBefore),
        };

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
