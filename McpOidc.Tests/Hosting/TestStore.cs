using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Hosting;

/// <summary>The settings that choose the store of the system under test.</summary>
public sealed class TestStore : IDisposable
{
    private readonly string? _directory;

    private TestStore(string name, KeyValuePair<string, string?>[] settings, string? directory)
    {
        Name = name;
        Settings = settings;
        _directory = directory;
    }

    public string Name { get; }

    public IReadOnlyList<KeyValuePair<string, string?>> Settings { get; }

    /// <summary>A new file, removed when disposed.</summary>
    public static TestStore Sqlite()
    {
        var directory = Directory.CreateTempSubdirectory("mcpoidc-").FullName;
        return new TestStore("SQLite", [new("McpOidc:Sqlite:Path", Path.Combine(directory, "store.db"))], directory);
    }

    /// <summary>A file in the caller's directory.</summary>
    public static TestStore SqliteIn(string directory) =>
        new("SQLite", [new("McpOidc:Sqlite:Path", Path.Combine(directory, "store.db"))], directory: null);

    /// <summary>The caller's server, with a separate key prefix.</summary>
    public static TestStore Redis(RedisServer server, string further = "", string? prefix = null) =>
        Redis(server.ConnectionString + further, prefix);

    public static TestStore Redis(string connectionString, string? prefix = null) =>
        new(
            "Redis",
            [new("ConnectionStrings:redis", connectionString), new("McpOidc:Redis:KeyPrefix", prefix ?? $"{Guid.NewGuid():N}:")],
            directory: null
        );

    public void Dispose()
    {
        if (_directory is not null)
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(_directory, recursive: true);
        }
    }
}
