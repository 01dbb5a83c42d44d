using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>A reverse proxy process with a configuration from the documentation.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-proxy-");
    private readonly StringBuilder _errors = new();
    private readonly string _program;
    private Process _process = null!;

    private ProxyProcess(string program) => _program = program;

    /// <summary>The contents of its log.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts nginx with the given contents of its <c>http</c> block.</summary>
    public static Task<ProxyProcess> StartNginxAsync(string http, params int[] ports)
    {
        var proxy = new ProxyProcess("nginx");
        var folder = proxy._directory.FullName;
        var file = proxy.Write(
            "nginx.conf",
            $$"""
            daemon off;
            pid {{folder}}/nginx.pid;
            error_log stderr;
            worker_processes 1;
            events {}
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
            {{http}}
            }
            """
        );
        return proxy.StartAsync(["-p", folder, "-c", file], ports);
    }

    /// <summary>Starts Apache with these configuration lines, and one page that it serves everywhere.</summary>
    public static Task<ProxyProcess> StartApacheAsync(string configuration, string page, int port)
    {
        var proxy = new ProxyProcess("apache2");
        var folder = proxy._directory;
        if (!OperatingSystem.IsWindows())
        {
            // When started by root, it reads pages as another user.
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        }

        File.WriteAllText(Path.Combine(folder.CreateSubdirectory("pages").FullName, "index.html"), page);
        var file = proxy.Write(
            "apache.conf",
            $"""
            ServerRoot {folder}
            DefaultRuntimeDir {folder}
            PidFile {folder}/pid
            Mutex file:{folder}
            ErrorLog /dev/stderr
            ServerName localhost
            Listen {port}
            DocumentRoot {folder}/pages
            {configuration}

            """
        );
        return proxy.StartAsync(["-D", "FOREGROUND", "-f", file], [port]);
    }

    /// <summary>Starts haproxy.</summary>
    public static Task<ProxyProcess> StartHaproxyAsync(string configuration, params int[] ports)
    {
        var proxy = new ProxyProcess("haproxy");
        return proxy.StartAsync(["-db", "-f", proxy.Write("haproxy.cfg", configuration + "\n")], ports);
    }

    /// <summary>Starts Caddy with the environment variables that its Caddyfile uses.</summary>
    public static Task<ProxyProcess> StartCaddyAsync(string caddyfile, IReadOnlyDictionary<string, string> environment, params int[] ports)
    {
        var proxy = new ProxyProcess("caddy");
        return proxy.StartAsync(["run", "--adapter", "caddyfile", "--config", proxy.Write("Caddyfile", caddyfile)], ports, environment);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_directory.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private async Task<ProxyProcess> StartAsync(string[] arguments, int[] ports, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(ProxyRequirement.RequireProgram(_program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Caddy stores certificates and its last configuration in the home directory.
        start.Environment["HOME"] = _directory.FullName;
        start.Environment["XDG_DATA_HOME"] = start.Environment["XDG_CONFIG_HOME"] = _directory.FullName;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await WaitUntilItListensAsync(ports);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }

        return this;
    }

    private async Task WaitUntilItListensAsync(int[] ports)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        foreach (var port in ports)
        {
            while (!await IsListeningAsync(port, limit.Token))
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"{_program} ended with code {_process.ExitCode}: {Errors}");
                }

                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }
    }

    private static async Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Add(string? line)
    {
        lock (_errors)
        {
            _errors.AppendLine(line);
        }
    }
}
