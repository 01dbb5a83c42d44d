using System.Diagnostics;
using System.Net.Sockets;

namespace McpOidc.Tests.Hosting;

/// <summary>An nginx for one test, on a loopback port, with only a server block.</summary>
public sealed class NginxServer : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-nginx-");
    private readonly Process _process;

    private NginxServer(int port, string locations)
    {
        var file = Path.Combine(_directory.FullName, "nginx.conf");
        File.WriteAllText(
            file,
            $$"""
            daemon off;
            master_process off;
            pid {{_directory.FullName}}/nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path {{_directory.FullName}}/body;
                proxy_temp_path {{_directory.FullName}}/proxy;
                fastcgi_temp_path {{_directory.FullName}}/fastcgi;
                uwsgi_temp_path {{_directory.FullName}}/uwsgi;
                scgi_temp_path {{_directory.FullName}}/scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    listen [::1]:{{port}};
            {{locations}}
                }
            }
            """
        );
        var start = new ProcessStartInfo(NginxRequirement.RequireProgram(), ["-p", _directory.FullName, "-c", file])
        {
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts nginx and waits until it accepts connections.</summary>
    public static async Task<NginxServer> StartAsync(int port, string locations)
    {
        var server = new NginxServer(port, locations);
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await IsListeningAsync(port, limit.Token))
        {
            if (server._process.HasExited)
            {
                throw new InvalidOperationException($"nginx ended with code {server._process.ExitCode}.");
            }

            await pulse.WaitForNextTickAsync(limit.Token);
        }

        return server;
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
}
