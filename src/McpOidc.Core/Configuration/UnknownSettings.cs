using Microsoft.Extensions.Logging;

namespace McpOidc.Configuration;

/// <summary>Logs a warning at start for each setting that is never read, which is usually misspelt.</summary>
internal sealed partial class UnknownSettings(SettingNames names, SettingsRoot root, ILogger<UnknownSettings> logger)
{
    public void Warn()
    {
        foreach (var unknown in names.FindUnknown(root))
        {
            LogUnknown(root.Named(unknown.Problem.ToString()));
        }
    }

    [LoggerMessage(2940, LogLevel.Warning, "{Problem}")]
    private partial void LogUnknown(string problem);
}
