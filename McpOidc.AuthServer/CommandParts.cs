using System.CommandLine;

namespace McpOidc.AuthServer;

/// <summary>The common parts of the commands.</summary>
internal static class CommandParts
{
    public static Option<string?> Search(string where) => new("--search") { Description = $"Show only entries with this text in {where}." };

    /// <summary>A time as printed by the commands; empty if there is none.</summary>
    public static string Time(DateTimeOffset? moment) =>
        moment is { } at ? at.UtcDateTime.ToString("u", System.Globalization.CultureInfo.InvariantCulture) : "";

    /// <summary>Untrusted text, without control characters for the terminal.</summary>
    public static string Clean(string? text) => string.Concat((text ?? "").Where(character => !char.IsControl(character)));

    public static Task WriteAsync(this ParseResult result, string line) => result.InvocationConfiguration.Output.WriteLineAsync(line);

    /// <summary>
    /// Reports an empty list on the error stream, separate from output for scripts: usually the settings point to a different store than
    /// the server's.
    /// </summary>
    public static Task NoteNothingAsync(this ParseResult result) =>
        result.InvocationConfiguration.Error.WriteLineAsync("Nothing was found in the store of these settings.");

    /// <returns>The exit code.</returns>
    public static async Task<int> FailAsync(this ParseResult result, string problem)
    {
        await result.InvocationConfiguration.Error.WriteLineAsync(problem);
        return 1;
    }
}
