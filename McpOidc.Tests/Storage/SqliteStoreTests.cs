using McpOidc.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Storage;

public sealed class SqliteStoreTests : StoreContractTests, IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"mcpoidc-sqlite-{Guid.NewGuid():N}");
    private readonly List<SqliteStore> _stores = [];

    private string File => Path.Combine(_directory, "data", "store.db");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    protected override Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock) => Task.FromResult<IMcpOidcStore>(Open(File, clock));

    [Fact]
    public async Task Written_records_survive_closing_and_reopening_the_file()
    {
        await using (var before = new SqliteStore(File, Clock))
        {
            await before.AddAsync("test:{a}", Hour("kept", "index:test:{i}"), Limit);
        }

        var after = Open(File, Clock);
        Assert.Equal("kept", Text(await after.GetAsync("test:{a}", Limit)));
        Assert.Equal(["test:{a}"], await MembersAsync(after, "index:test:{i}"));
    }

    [Fact]
    public async Task Ten_instances_that_start_in_parallel_with_a_missing_file_all_work_and_one_wins()
    {
        var stores = Enumerable.Range(0, 10).Select(_ => Open(File, Clock)).ToArray();

        var added = await RaceAsync(number => stores[number % 10].AddAsync("test:{a}", Hour($"{number}"), Limit));
        var taken = await RaceAsync(number => stores[number % 10].TakeAsync("test:{a}", Limit));

        Assert.Single(added, version => version is not null);
        Assert.Single(taken, record => record is not null);
    }

    [Fact]
    public async Task Writers_in_several_instances_wait_for_each_other_and_lose_nothing()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => Open(File, Clock)).ToArray();

        var versions = await RaceAsync(async number =>
        {
            var written = 0;
            for (var i = 0; i < 5; i++)
            {
                written += await stores[number % 4].AddAsync($"test:{{{number}-{i}}}", Hour("x", "index:test:{i}"), Limit) is null ? 0 : 1;
            }

            return written;
        });

        Assert.Equal(250, versions.Sum());
        Assert.Equal(250, (await MembersAsync(stores[0], "index:test:{i}")).Length);
    }

    [Fact]
    public async Task Expired_records_are_swept_from_the_file_by_later_writes()
    {
        var store = Open(File, Clock);
        for (var i = 0; i < 20; i++)
        {
            await store.AddAsync($"test:{{{i}}}", Hour("old", "index:test:{i}"), Limit);
        }

        Clock.Advance(TimeSpan.FromHours(2));
        await store.AddAsync("test:{new}", Hour("new"), Limit);

        Assert.Equal(1L, Query("SELECT count(*) FROM records"));
        Assert.Equal(0L, Query("SELECT count(*) FROM index_entries"));
    }

    // A sweep deletes 500.
    [Theory]
    [InlineData(501, 1)]
    [InlineData(500, 0)]
    public async Task A_sweep_is_continued_by_the_next_write_and_repeated_after_a_minute(int expired, int left)
    {
        var store = Open(File, Clock);
        await store.AddAsync("test:{a}", Hour("a"), Limit);
        Clock.Advance(TimeSpan.FromMinutes(2));
        Expire(expired);
        await store.AddAsync("test:{b}", Hour("b"), Limit);
        Assert.Equal(2L + left, Query("SELECT count(*) FROM records"));
        await store.AddAsync("test:{c}", Hour("c"), Limit);
        Assert.Equal(3L, Query("SELECT count(*) FROM records"));

        // The last sweep deleted fewer, so the next one is in a minute.
        Expire(1);
        await store.AddAsync("test:{d}", Hour("d"), Limit);
        Assert.Equal(5L, Query("SELECT count(*) FROM records"));
        Clock.Advance(TimeSpan.FromSeconds(61));
        await store.AddAsync("test:{e}", Hour("e"), Limit);
        Assert.Equal(5L, Query("SELECT count(*) FROM records"));
    }

    [Fact]
    public async Task A_value_that_is_part_of_a_larger_buffer_is_stored_without_the_rest()
    {
        var store = Open(File, Clock);
        foreach (var (key, start, length) in new[] { ("test:{a}", 0, 3), ("test:{b}", 2, 3), ("test:{c}", 1, 4), ("test:{d}", 0, 5) })
        {
            await store.AddAsync(key, new StoreWrite("12345"u8.ToArray().AsMemory(start, length), Clock.GetUtcNow().AddHours(1)), Limit);
            Assert.Equal("12345".Substring(start, length), Text(await store.GetAsync(key, Limit)));
        }
    }

    [Fact]
    public async Task An_expired_record_cannot_be_read_even_before_it_is_swept()
    {
        var store = Open(File, Clock);
        var write = Hour("old", "index:test:{i}") with { ExpiresAt = Clock.GetUtcNow().AddSeconds(30) };
        await store.AddAsync("test:{a}", write, Limit);
        Assert.Equal(["test:{a}"], await MembersAsync(store, "index:test:{i}"));
        Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Empty(await MembersAsync(store, "index:test:{i}"));
        Assert.Empty((await store.ListPageAsync("index:test:{i}", after: null, size: 10, Limit)).Keys);
        Assert.Empty((await store.ScanPageAsync("test:", after: null, size: 10, Limit)).Keys);
        Assert.Null(await store.GetAsync("test:{a}", Limit));
        Assert.Equal([null], await store.GetManyAsync(["test:{a}"], Limit));
        Assert.Null(await store.TakeAsync("test:{a}", Limit));
        Assert.False(await store.RemoveAsync("test:{a}", cancellationToken: Limit));
        // The record was in the file all along.
        Assert.Equal(1L, Query("SELECT count(*) FROM records"));
    }

    // A redeemed code stays redeemed after a power failure.
    [Fact]
    public void Every_connection_waits_until_its_writes_are_on_disk()
    {
        var database = new SqliteDatabase(File);
        for (var connection = 0; connection < 3; connection++)
        {
            using var session = database.Open();
            Assert.Equal((2L, "wal"), (session.Scalar("PRAGMA synchronous"), session.Scalar("PRAGMA journal_mode")));
        }
    }

    [Fact]
    public async Task Other_users_of_the_machine_cannot_read_the_file()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var store = Open(File, Clock);
        await store.AddAsync("test:{a}", Hour("secret"), Limit);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.GetDirectoryName(File)!));
        foreach (var file in new[] { File, $"{File}-wal", $"{File}-shm" })
        {
            Assert.Equal(Owner, System.IO.File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task The_file_is_under_the_content_root_unless_a_path_is_configured()
    {
        var environment = new HostingEnvironment { ContentRootPath = _directory };

        await AddThroughOptionsAsync(new SqliteStoreOptions(), environment);
        await AddThroughOptionsAsync(new SqliteStoreOptions { Path = "elsewhere/x.db" }, environment);
        await AddThroughOptionsAsync(new SqliteStoreOptions { Path = File }, environment);

        Assert.True(System.IO.File.Exists(Path.Combine(_directory, ".data", "mcpoidc.db")));
        Assert.True(System.IO.File.Exists(Path.Combine(_directory, "elsewhere", "x.db")));
        Assert.True(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task A_file_that_cannot_be_created_makes_the_store_unavailable_and_the_error_names_the_setting()
    {
        Directory.CreateDirectory(_directory);
        var blocked = Path.Combine(_directory, "blocked");
        await System.IO.File.WriteAllTextAsync(blocked, "a file where a directory should be", Limit);
        var store = Open(Path.Combine(blocked, "store.db"), Clock);

        var read = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.GetAsync("test:{a}", Limit).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddAsync("test:{a}", Hour("x"), Limit).AsTask());
        Assert.Contains("McpOidc__Sqlite__Path", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_makes_the_store_unavailable()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000), Limit);
        var store = Open(File, Clock);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.GetAsync("test:{a}", Limit).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddAsync("test:{a}", Hour("x"), Limit).AsTask());
    }

    [Fact]
    public async Task A_file_locked_by_another_process_makes_the_store_unavailable_until_it_is_released()
    {
        var store = Open(File, Clock);
        await store.AddAsync("test:{a}", Hour("before"), Limit);
        using (var other = Connect())
        {
            Execute(other, "BEGIN IMMEDIATE");

            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddAsync("test:{b}", Hour("x"), Limit).AsTask());
            Assert.Equal("before", Text(await store.GetAsync("test:{a}", Limit)));

            Execute(other, "ROLLBACK");
        }

        Assert.NotNull(await store.AddAsync("test:{b}", Hour("after"), Limit));
    }

    [Fact]
    public async Task A_file_from_a_later_version_is_left_unchanged()
    {
        await using (var before = new SqliteStore(File, Clock))
        {
            await before.AddAsync("test:{a}", Hour("x"), Limit);
        }

        Query("PRAGMA user_version = 99");
        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(() => Open(File, Clock).GetAsync("test:{a}", Limit).AsTask());
        Assert.Contains("later version", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_store_throws_ObjectDisposedException()
    {
        var store = new SqliteStore(File, Clock);
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.GetAsync("test:{a}", Limit).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.AddAsync("test:{a}", Hour("x"), Limit).AsTask());
    }

    private SqliteStore Open(string path, TimeProvider clock)
    {
        var store = new SqliteStore(path, clock);
        _stores.Add(store);
        return store;
    }

    private async Task AddThroughOptionsAsync(SqliteStoreOptions options, IHostEnvironment environment)
    {
        await using var store = new SqliteStore(Options.Create(options), environment, Clock);
        Assert.NotNull(await store.AddAsync("test:{a}", Hour("x"), Limit));
    }

    private void Expire(int count) =>
        Query(
            $"""
            WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count})
            INSERT INTO records (key, value, version, expires_at) SELECT 'expired:' || number, x'00', 1, 1 FROM numbers
            """
        );

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private object? Query(string sql)
    {
        using var connection = Connect();
        return Execute(connection, sql);
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
