using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Administration;
using StackExchange.Redis;

namespace McpOidc.AuthServer;

/// <summary><c>clients import</c>: imports the clients of the npm package <c>mcp-oidc-provider</c> from its Redis.</summary>
internal static class ImportCommand
{
    // Keys of Keyv: the namespace, followed by oidc-provider's model and id.
    private const string Pattern = "*oidc:Client:*Client:*";

    public static Command Create()
    {
        var from = new Option<string>("--from")
        {
            Description = "The Redis of the npm package, for instance redis://:password@redis.example:6379/0, or rediss:// with TLS.",
            Required = true,
        };
        var command = new Command(
            "import",
            "Import the clients of the npm package mcp-oidc-provider with their ids. Can be repeated: existing clients are not changed."
        )
        {
            from,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                if (!TryRead(result.GetValue(from)!, out var options))
                {
                    return await result.FailAsync("--from is not a Redis URL, for instance redis://redis.example:6379/0.");
                }

                try
                {
                    await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
                    return await OperatorHost.ChangeAsync(services =>
                        ImportAsync(result, redis, services.GetRequiredService<ClientImport>(), cancellationToken)
                    );
                }
                // RedisTimeoutException is not a RedisException.
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    return await result.FailAsync($"The Redis in --from does not respond: {exception.GetType().Name}.");
                }
            }
        );
        return command;
    }

    private static async Task<int> ImportAsync(
        ParseResult result,
        ConnectionMultiplexer redis,
        ClientImport import,
        CancellationToken cancellationToken
    )
    {
        var (added, known, leftOut) = (0, 0, 0);
        await foreach (var registration in ReadAsync(redis, cancellationToken))
        {
            var imported = await import.AddAsync(registration, cancellationToken);
            if (imported.Problem is { } problem)
            {
                leftOut++;
                await result.WriteAsync($"skipped: {CommandParts.Clean(imported.ClientId)}: {problem}");
            }
            else if (imported.IsNew)
            {
                added++;
            }
            else
            {
                known++;
            }
        }

        await result.WriteAsync($"Imported clients: {added}. Already existing: {known}. Skipped: {leftOut}.");
        return leftOut == 0 ? 0 : 1;
    }

    private static async IAsyncEnumerable<JsonObject> ReadAsync(
        ConnectionMultiplexer redis,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var database = redis.GetDatabase();
        foreach (var server in redis.GetServers().Where(server => !server.IsReplica))
        {
            await foreach (var key in server.KeysAsync(database.Database, Pattern).WithCancellation(cancellationToken))
            {
                if (await database.KeyTypeAsync(key) == RedisType.String && Read(await database.StringGetAsync(key)) is { } registration)
                {
                    yield return registration;
                }
            }
        }
    }

    // Keyv writes {"value":…,"expires":…}. Values other than clients (an index of grants) have no client_id.
    private static JsonObject? Read(RedisValue text)
    {
        try
        {
            var record = JsonNode.Parse(text.ToString()) as JsonObject;
            return (record?["value"] as JsonObject ?? record) is { } registration && registration.ContainsKey("client_id")
                ? registration
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TryRead(string url, out ConfigurationOptions options)
    {
        options = new ConfigurationOptions();
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("redis" or "rediss"))
        {
            return false;
        }

        options.EndPoints.Add(uri.Host, uri.Port > 0 ? uri.Port : 6379);
        options.Ssl = uri.Scheme == "rediss";
        string[] user = uri.UserInfo.Split(':', 2);
        options.User = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null;
        options.Password = user is [_, { Length: > 0 } word] ? Uri.UnescapeDataString(word) : null;
        options.DefaultDatabase = int.TryParse(uri.AbsolutePath.TrimStart('/'), out var number) ? number : 0;
        return true;
    }
}
