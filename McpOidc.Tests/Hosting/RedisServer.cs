using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace McpOidc.Tests.Hosting;

/// <summary>A dedicated Redis server for tests: a process on a free port, of loopback unless told otherwise, that by default persists
/// nothing and is killed when disposed.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly string[] _arguments;
    private readonly string[] _configuration;
    private readonly NetworkPlace _place;
    private readonly DirectoryInfo _directory;
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;
    private Process _process;

    private RedisServer(string program, NetworkPlace place, string[] arguments, string[] configuration)
    {
        _place = place;
        Port = FreePort();
        _arguments = arguments;
        _configuration = configuration;
        _directory = Directory.CreateTempSubdirectory("mcpoidc-redis-");
        _process = Launch(program);
        _connection = new(() => ConnectAsync());
    }

    /// <summary>The address, which is 127.0.0.1 unless it was started at another place.</summary>
    public string Address => _place.Address;

    /// <summary>The port at <see cref="Address"/>.</summary>
    public int Port { get; }

    /// <summary>The value for <c>ConnectionStrings:redis</c>.</summary>
    public string ConnectionString => $"{Address}:{Port}";

    /// <summary>Starts a server and waits until it answers. Arguments are passed to <c>redis-server</c>.</summary>
    public static Task<RedisServer> StartAsync(params string[] arguments) => StartAsync(NetworkPlace.Loopback, arguments);

    /// <summary>Starts a server at a place of a network.</summary>
    public static Task<RedisServer> StartAsync(NetworkPlace place, string[] arguments) => StartAsync(place, arguments, []);

    /// <summary>Starts a sentinel with these configuration lines.</summary>
    public static Task<RedisServer> StartSentinelAsync(NetworkPlace place, params string[] configuration) =>
        StartAsync(place, ["--sentinel"], configuration);

    private static async Task<RedisServer> StartAsync(NetworkPlace place, string[] arguments, string[] configuration)
    {
        var program = RedisRequirement.RequireProgram();
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(program, place, arguments, configuration);
            try
            {
                await server.WaitUntilItAnswersAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Another process took the port between the check and the start.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>A free port that no other test of this run was given.</summary>
    public static int FreePort() => Loopback.FreePort();

    /// <summary>A shared connection; callers must not dispose it.</summary>
    public Task<ConnectionMultiplexer> ConnectionAsync() => _connection.Value;

    /// <summary>A connection owned by the caller, created even when the server is down.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync(Action<ConfigurationOptions>? configure = null)
    {
        var options = ConfigurationOptions.Parse(ConnectionString);
        options.AbortOnConnectFail = false;
        options.AllowAdmin = true;
        options.CommandMap = _configuration.Length > 0 ? CommandMap.Sentinel : CommandMap.Default;
        configure?.Invoke(options);
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>Whether the process is running.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The directory with its files.</summary>
    public string Folder => _directory.FullName;

    /// <summary>Ends the process as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Restarts a killed server on its port with the files that it left, and waits until it has loaded them. Arguments apply until
    /// the next start.</summary>
    public async Task RestartAsync(params string[] further)
    {
        _process.Dispose();
        _process = Launch(RedisRequirement.RequireProgram(), further);
        await WaitUntilItAnswersAsync();
    }

    /// <summary>Suspends the process; connections stay open, but nothing is answered.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Resumes a suspended process.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
        {
            await (await _connection.Value).DisposeAsync();
        }

        await KillAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {_process.Id}"]);
        using var limit = new CancellationTokenSource(s_patience);
        await kill.WaitForExitAsync(limit.Token);
    }

    private Process Launch(string program, params string[] further)
    {
        var start = new ProcessStartInfo(_place.Namespace is null ? program : PrivateNetwork.Tool)
        {
            WorkingDirectory = _directory.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] all =
            _configuration.Length > 0
                ? Configure()
                : ["--port", $"{Port}", "--bind", Address, "--save", "", "--appendonly", "no", .. _arguments, .. further];
        // "ip netns exec" replaces itself with the program: signals reach the server.
        foreach (var argument in _place.Namespace is { } name ? ["netns", "exec", name, program, .. all] : all)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;

        // An unread pipe would block the server once it is full.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    // A sentinel writes its state to its configuration file.
    private string[] Configure()
    {
        var file = Path.Combine(_directory.FullName, "sentinel.conf");
        if (!File.Exists(file))
        {
            File.WriteAllLines(file, [$"port {Port}", $"bind {Address}", "protected-mode no", .. _configuration]);
        }

        return [file, .. _arguments];
    }

    private async Task WaitUntilItAnswersAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await PingAsync(limit.Token))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"redis-server ended with code {_process.ExitCode}.");
            }

            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Parse(Address), Port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[7];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual("+PONG\r\n"u8);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
