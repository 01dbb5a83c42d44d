namespace McpOidc.AppHost.Tests;

/// <summary>Stands in for a container engine when the AppHost looks for one. It has every image.</summary>
internal sealed class EngineStandIn : IDisposable
{
    /// <summary>The exit code of an engine that created the container but did not find the command in it.</summary>
    public const int CommandNotFound = 127;

    /// <summary>The exit code of podman without permission to set resource limits.</summary>
    public const int CannotInvoke = 126;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-engine-");

    private readonly string _unknown;

    /// <param name="run">The exit code of <c>run</c>.</param>
    /// <param name="image">The exit code of <c>image inspect</c> and <c>manifest inspect</c>.</param>
    public EngineStandIn(int run = CommandNotFound, int image = 0)
    {
        Path = System.IO.Path.Combine(_folder.FullName, OperatingSystem.IsWindows() ? "engine.cmd" : "engine");
        _unknown = System.IO.Path.Combine(_folder.FullName, "unknown");
        if (OperatingSystem.IsWindows())
        {
            File.WriteAllText(
                Path,
                $"@echo off\r\nif \"%1\"==\"run\" exit /b {run}\r\nif \"%2\"==\"inspect\" exit /b {image}\r\nexit /b 0\r\n"
            );
            return;
        }

        File.WriteAllText(
            Path,
            $"""
            #!/bin/sh
            while read -r _; do :; done
            case "$*" in
              info | "import - mcpoidc-probe" | "rmi mcpoidc-probe") exit 0;;
              "run --rm --network none mcpoidc-probe /nothing") exit {run};;
              *" inspect redis:8.6" | *" inspect quay.io/keycloak/keycloak:26.6") case "$1" in image | manifest) exit {image};; esac;;
            esac
            echo "$*" >> "{_unknown}"
            exit 125
            """
        );
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    /// <summary>The argument that makes an AppHost use it.</summary>
    public string Argument => $"--ASPIRE_CONTAINER_RUNTIME={Path}";

    /// <exception cref="InvalidOperationException">The AppHost ran a command that no engine has.</exception>
    public void Dispose()
    {
        var unknown = File.Exists(_unknown) ? File.ReadAllText(_unknown) : null;
        _folder.Delete(recursive: true);
        if (unknown is not null)
        {
            throw new InvalidOperationException($"The engine was asked for {unknown}");
        }
    }
}
