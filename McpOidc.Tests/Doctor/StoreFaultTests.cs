using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Doctor;

/// <summary>A store that is unavailable, loses data, refuses access, or was created with another secret.</summary>
public sealed class StoreFaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-doctor-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_SQLite_path_where_no_file_can_be_created_is_a_problem()
    {
        var file = Path.Combine(_directory.FullName, "a-file");
        await File.WriteAllTextAsync(file, "");
        (await RunAsync(("McpOidc:Sqlite:Path", Path.Combine(file, "store.db")))).Problem(
            "store",
            "McpOidc__Sqlite__Path",
            "cannot be created"
        );
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_is_a_problem()
    {
        var file = Path.Combine(_directory.FullName, "store.db");
        await File.WriteAllTextAsync(file, new string('x', 4096));
        var report = await RunAsync(("McpOidc:Sqlite:Path", file));
        report.Problem("store", "cannot be read", "McpOidc__Sqlite__Path");
        report.Skipped("keys");
    }

    [Fact]
    public async Task A_file_from_a_later_version_is_a_problem()
    {
        var file = Path.Combine(_directory.FullName, "store.db");
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync();
        }

        (await RunAsync(("McpOidc:Sqlite:Path", file))).Problem("store", "later version", "McpOidc__Sqlite__Path");
    }

    [Fact]
    public async Task A_database_of_another_application_is_a_problem()
    {
        var file = Path.Combine(_directory.FullName, "store.db");
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT)";
            await command.ExecuteNonQueryAsync();
        }

        (await RunAsync(("McpOidc:Sqlite:Path", file))).Problem("store", "another application", "McpOidc__Sqlite__Path");
    }

    [Fact]
    public async Task An_unreachable_Redis_is_a_problem()
    {
        var report = await RunAsync(("ConnectionStrings:redis", $"127.0.0.1:{Loopback.FreePort()},password=a-password-of-redis"));
        report.Problem("store", "is unreachable", "ConnectionStrings__redis");
        report.Skipped("store answers");
        report.Skipped("keys");
    }

    [Fact]
    public async Task A_malformed_connection_string_is_a_problem_and_is_not_shown() =>
        (await RunAsync(("ConnectionStrings:redis", "localhost,abortConnect=perhaps,password=a-password-of-redis"))).Problem(
            "store",
            "ConnectionStrings__redis",
            "is not a valid StackExchange.Redis connection string"
        );

    [RedisFact]
    public async Task A_Redis_that_evicts_any_record_is_a_problem_and_one_that_evicts_only_expiring_ones_is_a_warning()
    {
        await using var evicting = await RedisServer.StartAsync(
            "--appendonly",
            "yes",
            "--maxmemory",
            "100mb",
            "--maxmemory-policy",
            "allkeys-lru"
        );
        (await RunAsync(("ConnectionStrings:redis", evicting.ConnectionString))).Problem("store", "allkeys-lru", "noeviction");
        await using var expiring = await RedisServer.StartAsync(
            "--appendonly",
            "yes",
            "--maxmemory",
            "100mb",
            "--maxmemory-policy",
            "volatile-ttl"
        );
        (await RunAsync(("ConnectionStrings:redis", expiring.ConnectionString))).Warning("store", "volatile-ttl", "noeviction");
    }

    [RedisFact]
    public async Task A_Redis_without_persistence_or_with_only_snapshots_is_a_warning()
    {
        await using var forgetful = await RedisServer.StartAsync();
        (await RunAsync(("ConnectionStrings:redis", forgetful.ConnectionString))).Warning(
            "store",
            "loses all data at a restart",
            "appendonly"
        );
        await using var snapshots = await RedisServer.StartAsync("--save", "60 1000");
        (await RunAsync(("ConnectionStrings:redis", snapshots.ConnectionString))).Warning("store", "snapshots only", "appendonly");
    }

    [RedisFact]
    public async Task A_password_that_Redis_refuses_is_a_problem_and_is_not_shown()
    {
        await using var redis = await RedisServer.StartAsync();
        await (await redis.ConnectionAsync()).GetServers()[0].ConfigSetAsync("requirepass", "the-right-one-of-redis");
        (await RunAsync(("ConnectionStrings:redis", redis.ConnectionString + ",password=a-password-of-redis"))).Problem(
            "store",
            "rejects the user name or the password",
            "ConnectionStrings__redis"
        );
    }

    [RedisFact]
    public async Task A_Redis_with_fewer_replicas_than_writes_wait_for_is_a_problem()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes");
        var report = await RunAsync(("ConnectionStrings:redis", redis.ConnectionString), ("McpOidc:Redis:WaitForReplicas", "1"));
        report.Problem("store", "connected: 0", "McpOidc__Redis__WaitForReplicas");
    }

    [RedisFact]
    public async Task A_full_Redis_is_a_problem()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--maxmemory", "1", "--maxmemory-policy", "noeviction");
        (await RunAsync(("ConnectionStrings:redis", redis.ConnectionString))).Problem("store answers", "does not accept a write", "OOM");
    }

    [Fact]
    public async Task A_secret_different_from_the_one_that_the_store_was_created_with_is_a_problem()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        var report = await Examine.RunAsync(installation.With(("McpOidc:Secret", new string('o', 40))));
        report.Problem("keys", "McpOidc__Secret", "McpOidc:PreviousSecrets:0");
        report.OnlyIn("keys");
    }

    [Fact]
    public async Task An_unreadable_key_ring_is_a_problem()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        await using (var connection = new SqliteConnection($"Data Source={installation.Settings["McpOidc:Sqlite:Path"]};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE records SET value = randomblob(200) WHERE key = 'keys:{signing}'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        (await Examine.RunAsync(installation.Settings)).Problem("keys", "damaged", "backup");
    }

    [Fact]
    public async Task A_custom_store_is_checked_and_its_own_exceptions_do_not_stop_the_other_checks()
    {
        await using var provider = await StandInProvider.StartAsync();
        var path = Path.Combine(_directory.FullName, "own.db");
        var good = await Examine.RunAsync(provider.Settings(Examine.Settings()), configure: mcpOidc => mcpOidc.UseSqlite(path));
        good.Ok("store answers");
        good.Ok("keys", "first start creates them");

        var bad = await Examine.RunAsync(provider.Settings(Examine.Settings()), configure: mcpOidc => mcpOidc.UseStore<StoreThatFails>());
        bad.Warning("store answers", "failed unexpectedly (NotSupportedException)");
        bad.Ok("idp client");
        Assert.DoesNotContain(StoreThatFails.Text, bad.ToJson(), StringComparison.Ordinal);
    }

    internal sealed class StoreThatFails : IMcpOidcStore
    {
        public const string Text = "password=of-somebody";

        public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException(Text);

        public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException(Text);

        public ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        ) => throw new NotSupportedException(Text);

        public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException(Text);

        public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException(Text);

        public IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException(Text);
    }

    private static Task<McpOidc.Doctor.DoctorReport> RunAsync(params (string Key, string Value)[] changes)
    {
        var settings = Examine.Settings();
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return Examine.RunAsync(settings);
    }
}
