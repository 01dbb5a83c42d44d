using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Hosting;

/// <summary>One integrated system on a SQLite file for all tests of a class. Tests may move its clock forward, never back.</summary>
public sealed class SystemFixture : IAsyncLifetime
{
    private readonly TestStore _store = TestStore.Sqlite();

    public TestSystem System { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => System = await TestSystem.StartAsync(store: _store);

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await System.DisposeAsync();
        _store.Dispose();
    }

    /// <summary>A client that has just registered.</summary>
    public async Task<OAuthClient> RegisterAsync(string redirectUri = OAuthClient.DefaultRedirectUri, Action<JsonObject>? change = null)
    {
        var client = System.CreateClient();
        client.RedirectUri = redirectUri;
        var metadata = OAuthClient.Metadata(redirectUri);
        change?.Invoke(metadata);
        await client.RegisterAsync(metadata);
        return client;
    }

    /// <summary>Reads one number from the store's file.</summary>
    public long Count(string keyPattern)
    {
        using var connection = OpenStore();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM records WHERE key LIKE $pattern";
        command.Parameters.AddWithValue("$pattern", keyPattern);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The entire contents of the store, keys and values, byte for byte as Latin-1 text.</summary>
    public string DumpStore()
    {
        using var connection = OpenStore();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, value FROM records";
        using var reader = command.ExecuteReader();
        var dump = new global::System.Text.StringBuilder();
        while (reader.Read())
        {
            dump.Append(reader.GetString(0))
                .Append('\n')
                .Append(global::System.Text.Encoding.Latin1.GetString(reader.GetFieldValue<byte[]>(1)))
                .Append('\n');
        }

        return dump.ToString();
    }

    private SqliteConnection OpenStore()
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = _store.Settings[0].Value,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ConnectionString
        );
        connection.Open();
        return connection;
    }
}
