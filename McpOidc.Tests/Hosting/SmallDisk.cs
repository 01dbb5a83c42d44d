using System.Diagnostics;

namespace McpOidc.Tests.Hosting;

/// <summary>An in-memory file system of a few megabytes for a test to fill.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-disk-");

    private SmallDisk() { }

    /// <summary>The mount point.</summary>
    public string Path => _directory.FullName;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Whether tests can mount one on this machine.</summary>
    public static bool IsPossible { get; } =
        OperatingSystem.IsLinux() && (Environment.IsPrivilegedProcess || ExecutableFinder.Find("sudo") is not null);

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var disk = new SmallDisk();
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0777", "tmpfs", disk.Path);
        return disk;
    }

    /// <summary>Writes until the disk is full.</summary>
    public async Task FillAsync()
    {
        await using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                await file.WriteAsync(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public Task FreeAsync()
    {
        File.Delete(Filler);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "-l", Path);
        _directory.Delete(recursive: true);
    }

    private static async Task RunAsync(params string[] command)
    {
        string[] all = Environment.IsPrivilegedProcess ? command : ["sudo", "-n", .. command];
        using var process = Process.Start(all[0], all[1..]);
        using var limit = new CancellationTokenSource(s_patience);
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', all)} ended with {process.ExitCode}.");
        }
    }
}

/// <summary>A fact on a <see cref="SmallDisk"/>; skipped where none can be mounted. On CI it runs and fails instead, because skips go
/// unnoticed there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public SmallDiskFactAttribute() =>
        Skip =
            SmallDisk.IsPossible || Environment.GetEnvironmentVariable("CI") == "true"
                ? null
                : "A file system can be mounted on Linux by root only, or with sudo.";
}
