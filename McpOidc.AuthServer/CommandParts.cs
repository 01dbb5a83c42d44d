using System.CommandLine;

namespace McpOidc.AuthServer;

/// <summary>What the commands have in common.</summary>
internal static class CommandParts
{
    public static Option<string?> Search(string where) => new("--search") { Description = $"Only what has this text in {where}." };

    /// <summary>A moment as the commands print it; empty where there is none.</summary>
    public static string Time(DateTimeOffset? moment) =>
        moment is { } at ? at.UtcDateTime.ToString("u", System.Globalization.CultureInfo.InvariantCulture) : "";

    /// <summary>Text from strangers, without what moves the cursor of a terminal.</summary>
    public static string Clean(string? text) => string.Concat((text ?? "").Where(character => !char.IsControl(character)));

    public static Task WriteAsync(this ParseResult result, string line) => result.InvocationConfiguration.Output.WriteLineAsync(line);

    /// <summary>Says beside the output, which a script reads, that a list is empty: mostly because the settings name another store than the
    /// server's.</summary>
    public static Task NoteNothingAsync(this ParseResult result) =>
        result.InvocationConfiguration.Error.WriteLineAsync("There is nothing in the store that these settings name.");

    /// <returns>The exit code.</returns>
    public static async Task<int> FailAsync(this ParseResult result, string problem)
    {
        await result.InvocationConfiguration.Error.WriteLineAsync(problem);
        return 1;
    }
}
