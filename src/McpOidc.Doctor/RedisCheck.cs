using System.Globalization;
using System.Runtime.CompilerServices;
using McpOidc.Storage;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpOidc.Doctor;

/// <summary>Whether Redis is reachable, and whether it keeps its data.</summary>
internal sealed class RedisCheck : ICheck
{
    private static readonly Finding s_finding = new("store");
    private static readonly string s_connection = Finding.Setting("ConnectionStrings:redis");
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Settings.RedisConnection is not { } connection)
        {
            yield break;
        }

        if (await ConnectAsync(connection, examination) is { } failure)
        {
            yield return failure;
            yield break;
        }

        var options = examination.Settings.Redis ?? new RedisStoreOptions();
        examination.Store = new RedisStore(examination.Redis!, Options.Create(options), examination.Clock);
        foreach (var server in examination.Redis!.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            await foreach (var found in LookAtAsync(server, options, examination).WithCancellation(cancellationToken))
            {
                yield return found;
            }

            yield return s_finding.Ok($"Redis {server.Version} at {At(server)}.");
        }
    }

    private static async Task<DoctorFinding?> ConnectAsync(string connection, Examination examination)
    {
        if (RedisConnection.TryParse(connection) is not { } options)
        {
            return s_finding.Problem(
                $"{s_connection} is not a valid StackExchange.Redis connection string.",
                "Write it like this: host:port,password=…,ssl=true."
            );
        }

        options.AllowAdmin = true; // INFO and CONFIG GET; nothing is changed.
        options.AbortOnConnectFail = true;
        options.ConnectTimeout = Math.Min(options.ConnectTimeout, (int)s_patience.TotalMilliseconds);
        options.ConnectRetry = 1;
        try
        {
            examination.Redis = await ConnectionMultiplexer.ConnectAsync(options);
            return null;
        }
        catch (RedisConnectionException exception)
        {
            return await RedisDiagnosis.FindRefusalAsync(connection) is { } refusal
                ? s_finding.Problem(refusal.Problem, refusal.Remedy)
                : s_finding.Problem(
                    $"Redis at {RedisDiagnosis.Describe(options.EndPoints)} is unreachable ({exception.FailureType}).",
                    $"Start it, allow connections to it, or correct {s_connection}; add ssl=true if it uses TLS."
                );
        }
    }

    private static async IAsyncEnumerable<DoctorFinding> LookAtAsync(IServer server, RedisStoreOptions options, Examination examination)
    {
        var info = await InfoAsync(server);
        if (server.Version < new Version(7, 0))
        {
            yield return s_finding.Warning(
                $"Redis at {At(server)} has version {server.Version}; 7.0 or later is required.",
                "Use Redis 7, or Valkey."
            );
        }

        if (FindEviction(server, info) is { } eviction)
        {
            yield return eviction;
        }

        if (await FindPersistenceAsync(server, info) is { } persistence)
        {
            yield return persistence;
        }

        if (Number(info, "maxmemory") is > 0 and var most && Number(info, "used_memory") is { } used && used > most * 9 / 10)
        {
            yield return s_finding.Warning(
                $"Redis at {At(server)} has used {used * 100 / most} % of its memory; when it is full, users cannot sign in.",
                "Increase maxmemory, or remove unused registrations with 'clients reap'."
            );
        }

        if (Number(info, "connected_slaves") is { } replicas && replicas < options.WaitForReplicas)
        {
            yield return s_finding.Problem(
                $"Every write waits for replicas of Redis at {At(server)}, but it has too few. Required: {options.WaitForReplicas}, "
                    + $"connected: {replicas}.",
                $"Start the replicas, or lower "
                    + $"{Finding.Setting($"{RedisStoreOptions.Section}:{nameof(RedisStoreOptions.WaitForReplicas)}")}."
            );
        }

        var before = examination.Clock.GetUtcNow();
        if (await AskAsync(() => server.TimeAsync()) is var time && time != default)
        {
            var middle = before + ((examination.Clock.GetUtcNow() - before) / 2);
            examination.Clocks.Add(new SeenClock($"Redis at {At(server)}", new DateTimeOffset(time, TimeSpan.Zero) - middle));
        }
    }

    private static string At(IServer server) => RedisDiagnosis.Describe(server.EndPoint);

    private static DoctorFinding? FindEviction(IServer server, Dictionary<string, string> info) =>
        info.GetValueOrDefault("maxmemory_policy") switch
        {
            null => s_finding.Warning(
                $"The eviction policy of Redis at {At(server)} is unknown.",
                "Make sure that its maxmemory-policy is noeviction."
            ),
            var policy when RedisEvictionHostedService.Refusal($"{At(server)}", policy) is { } refusal => s_finding.Problem(
                refusal.Message,
                refusal.Remedy
            ),
            var policy when policy.StartsWith("volatile-", StringComparison.Ordinal) => s_finding.Warning(
                $"Redis at {At(server)} has maxmemory-policy {policy}: when full, it evicts records before they expire, which signs "
                    + $"users out.",
                "Set maxmemory-policy to noeviction."
            ),
            _ => null,
        };

    private static async Task<DoctorFinding?> FindPersistenceAsync(IServer server, Dictionary<string, string> info)
    {
        const string Remedy = "Set appendonly to yes (redis.conf, or CONFIG SET appendonly yes and CONFIG REWRITE).";
        if (info.GetValueOrDefault("aof_enabled") == "1")
        {
            return null;
        }

        // Managed servers hide CONFIG, and have their own persistence settings.
        if (info.Count == 0 || await AskAsync(() => server.ConfigGetAsync("save")) is not [{ Value: var save }, ..])
        {
            return s_finding.Warning(
                $"It is unknown whether Redis at {At(server)} keeps its data across a restart.",
                "Make sure that persistence is enabled at its provider."
            );
        }

        return string.IsNullOrWhiteSpace(save)
            ? s_finding.Warning(
                $"Redis at {At(server)} loses all data at a restart: all users would have to sign in again, and clients would have to "
                    + $"register again.",
                Remedy
            )
            : s_finding.Warning(
                $"Redis at {At(server)} writes snapshots only: a crash loses the last minutes, including refresh tokens "
                    + $"that clients hold.",
                Remedy
            );
    }

    private static async Task<Dictionary<string, string>> InfoAsync(IServer server) =>
        await AskAsync(() => server.InfoAsync()) is { } sections
            ? sections
                .SelectMany(section => section)
                .GroupBy(pair => pair.Key, StringComparer.Ordinal)
                .ToDictionary(pairs => pairs.Key, pairs => pairs.First().Value, StringComparer.Ordinal)
            : [];

    private static long? Number(Dictionary<string, string> info, string name) =>
        info.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>The server's information, or nothing without permission.</summary>
    private static async Task<T?> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().WaitAsync(s_patience);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return default;
        }
    }
}
