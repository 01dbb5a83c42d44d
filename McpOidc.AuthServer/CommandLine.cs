namespace McpOidc.AuthServer;

/// <summary>Separates the words of a command from settings, which every command accepts like the server: <c>--McpOidc:Issuer=…</c>,
/// <c>--McpOidc:Issuer …</c>.</summary>
/// <param name="Words">The command with its arguments; empty if the program serves.</param>
/// <param name="Settings">The settings, in the format of .NET's configuration.</param>
internal sealed record CommandLine(string[] Words, string[] Settings)
{
    private static readonly string[] s_hostSettings = ["--urls", "--environment", "--contentRoot", "--applicationName"];

    public static CommandLine Read(string[] arguments)
    {
        var (words, settings) = (new List<string>(), new List<string>());
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!IsSetting(arguments[i]))
            {
                words.Add(arguments[i]);
                continue;
            }

            settings.Add(arguments[i]);
            if (
                arguments[i].StartsWith("--", StringComparison.Ordinal)
                && !arguments[i].Contains('=', StringComparison.Ordinal)
                && i + 1 < arguments.Length
            )
            {
                // The value is a separate argument.
                settings.Add(arguments[++i]);
            }
        }

        return new CommandLine([.. words], [.. settings]);
    }

    private static bool IsSetting(string argument)
    {
        var name = argument.Split('=')[0];
        return name.StartsWith("--", StringComparison.Ordinal)
            ? name.Contains(':', StringComparison.Ordinal) || s_hostSettings.Contains(name, StringComparer.OrdinalIgnoreCase)
            : name.StartsWith("McpOidc:", StringComparison.OrdinalIgnoreCase) && name.Length < argument.Length;
    }
}
