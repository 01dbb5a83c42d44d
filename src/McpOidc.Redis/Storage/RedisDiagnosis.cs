using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>Finds out, with a separate connection, why a Redis cannot be used: an unreachable one returns, one that rejects this server
/// does not.</summary>
internal static class RedisDiagnosis
{
    private const string Setting = "ConnectionStrings:redis (environment: ConnectionStrings__redis)";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly string[] s_credentials = ["WRONGPASS", "NOAUTH", "invalid password", "AuthenticationFailure"];

    /// <summary>Formats addresses.</summary>
    public static string Describe(IEnumerable<EndPoint> addresses) => string.Join(", ", addresses.Select(Describe));

    /// <inheritdoc cref="Describe(IEnumerable{EndPoint})"/>
    public static string Describe(EndPoint address) => address is DnsEndPoint named ? $"{named.Host}:{named.Port}" : $"{address}";

    /// <returns>The problem and its remedy; <see langword="null"/> if Redis is unreachable, starting, or usable.</returns>
    public static async Task<(string Problem, string Remedy)?> FindRefusalAsync(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        foreach (var address in options.EndPoints)
        {
            if (await ProbeAsync(address) is { } answer)
            {
                return await ExplainAsync(options, Describe(address), answer);
            }
        }

        return null;
    }

    private static async Task<(string Problem, string Remedy)?> ExplainAsync(ConfigurationOptions options, string where, string answer)
    {
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = (int)s_patience.TotalMilliseconds;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            return null;
        }
        catch (RedisException exception)
        {
            return Explain(exception, options, where, answer);
        }
    }

    /// <summary>Interprets a connection failure.</summary>
    public static (string Problem, string Remedy)? Explain(
        RedisException exception,
        ConfigurationOptions options,
        string where,
        string answer
    )
    {
        var text = exception.ToString();
        // From SslStream; StackExchange.Redis reports it as an authentication failure too.
        if (
            options.Ssl
            && !answer.StartsWith('\u0015')
            && (answer.Length > 0 || text.Contains("Security.Authentication", StringComparison.Ordinal))
        )
        {
            return (
                $"Redis at {where} does not use TLS, or its certificate is not trusted for {options.SslHost ?? where.Split(':')[0]}.",
                $"If it does not use TLS, remove ssl=true from {Setting}. Otherwise set sslHost to the name in the certificate, and trust "
                    + "its issuer on this machine."
            );
        }

        if (Array.Exists(s_credentials, sign => text.Contains(sign, StringComparison.Ordinal)))
        {
            return ($"Redis at {where} rejects the user name or the password.", $"Correct user= and password= in {Setting}.");
        }

        return options.Ssl || answer is ['+' or '-', ..]
            ? null
            : ($"The server at {where} does not respond like Redis.", $"Correct the port in {Setting}, or add ssl=true if it expects TLS.");
    }

    /// <returns>The beginning of the server's response to a PING; <see langword="null"/> if nothing listens.</returns>
    private static async Task<string?> ProbeAsync(EndPoint address)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            await socket.ConnectAsync(address, limit.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return null;
        }

        try
        {
            var answer = new byte[1];
            await socket.SendAsync("PING\r\n"u8.ToArray(), limit.Token);
            return await socket.ReceiveAsync(answer, limit.Token) > 0 ? $"{(char)answer[0]}" : "";
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return "";
        }
    }
}
