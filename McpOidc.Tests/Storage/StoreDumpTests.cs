using System.Text;
using System.Text.Json;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Tests.Storage;

/// <summary>A stolen store reveals no credentials and no user names (security case H19).</summary>
public sealed class StoreDumpTests
{
    private const string Control = "a control needle, that must be found+";

    [Fact]
    public async Task A_stolen_SQLite_file_holds_no_token_secret_or_person()
    {
        using var store = TestStore.Sqlite();
        await using var journey = await EveryJourney.RunAsync(store);
        await AssertHoldsNothingAsync(journey, () => Task.FromResult(ReadFiles(Path.GetDirectoryName(store.Settings[0].Value)!)));
    }

    [RedisFact]
    public async Task A_stolen_Redis_holds_no_token_secret_or_person()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var journey = await EveryJourney.RunAsync(TestStore.Redis(redis));
        await AssertHoldsNothingAsync(journey, () => ReadKeysAsync(redis));
    }

    private static async Task AssertHoldsNothingAsync(EveryJourney journey, Func<Task<string>> dumpAsync)
    {
        var dump = await dumpAsync();
        Assert.Contains(EveryJourney.ClientName, dump, StringComparison.Ordinal);
        Assert.Contains("grant:{", dump, StringComparison.Ordinal);
        Assert.InRange(journey.Tap.Secrets.Count, 100, 5_000);
        Assert.Empty(
            journey.Tap.Secrets.SelectMany(secret =>
                FormsOf(secret.Key)
                    .Where(form => dump.Contains(form.Text, StringComparison.Ordinal))
                    .Select(form => $"{secret.Value}, {form.Name}: {secret.Key}")
            )
        );

        // Proves that the search finds each form.
        var store = journey.System.Server.Services.GetRequiredService<IMcpOidcStore>();
        foreach (var (name, text) in FormsOf(Control))
        {
            Assert.DoesNotContain(text, dump, StringComparison.Ordinal);
            await store.AddAsync(
                $"control:{name}",
                new StoreWrite(Encoding.Latin1.GetBytes($"before{text}after"), journey.System.Clock.GetUtcNow().AddHours(1))
            );
        }

        dump = await dumpAsync();
        Assert.All(FormsOf(Control), form => Assert.Contains(form.Text, dump, StringComparison.Ordinal));
    }

    /// <summary>The forms in which a secret may be stored: as is, in JSON, in hex, in base64 at any offset, and decoded.</summary>
    private static IEnumerable<(string Name, string Text)> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return ("raw", Encoding.Latin1.GetString(bytes));
        yield return ("JSON", JsonSerializer.Serialize(secret)[1..^1]);
        yield return ("URL", Uri.EscapeDataString(secret));
        yield return ("hex", Convert.ToHexString(bytes));
        yield return ("lower hex", Convert.ToHexStringLower(bytes));
        for (var offset = 0; offset < 3; offset++)
        {
            // The characters at both ends depend on adjacent bytes.
            var encoded = Convert.ToBase64String([.. new byte[offset], .. bytes]).TrimEnd('=');
            var inner = encoded[(offset == 0 ? 0 : offset + 1)..^1];
            yield return ($"base64 at {offset}", inner);
            yield return ($"base64url at {offset}", inner.Replace('+', '-').Replace('/', '_'));
        }

        if (secret.Length >= 22 && TryDecode(secret) is { } decoded)
        {
            yield return ("decoded", Encoding.Latin1.GetString(decoded));
        }
    }

    private static byte[]? TryDecode(string secret)
    {
        try
        {
            return System.Buffers.Text.Base64Url.DecodeFromChars(secret);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>All files of the store, including the write-ahead log and freed pages.</summary>
    private static string ReadFiles(string directory)
    {
        var dump = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(directory))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            dump.Append(Path.GetFileName(file)).Append('\n').Append(Encoding.Latin1.GetString(bytes)).Append('\n');
        }

        return dump.ToString();
    }

    private static async Task<string> ReadKeysAsync(RedisServer redis)
    {
        var connection = await redis.ConnectionAsync();
        var database = connection.GetDatabase();
        var dump = new StringBuilder();
        await foreach (var key in connection.GetServer("127.0.0.1", redis.Port).KeysAsync())
        {
            dump.Append(key.ToString()).Append('\n');
            foreach (var value in await ValuesAsync(database, key))
            {
                dump.Append(Encoding.Latin1.GetString((byte[]?)value ?? [])).Append('\n');
            }
        }

        return dump.ToString();
    }

    private static async Task<IEnumerable<RedisValue>> ValuesAsync(IDatabase database, RedisKey key) =>
        await database.KeyTypeAsync(key) switch
        {
            RedisType.SortedSet => await database.SortedSetRangeByRankAsync(key),
            RedisType.String => [await database.StringGetAsync(key)],
            // Deleted since it was listed.
            RedisType.None => [],
            var type => throw new NotSupportedException($"{key} is a {type}."),
        };
}
