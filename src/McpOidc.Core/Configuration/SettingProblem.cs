using McpOidc.Hosting;

namespace McpOidc.Configuration;

/// <summary>The one form of a complaint about a setting, which is written last.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Problem">What is wrong with it, as the rest of a sentence that begins with the setting.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record SettingProblem(string Setting, string Problem, string Remedy)
{
    /// <summary>The setting, its name in the environment, and what is wrong.</summary>
    public string Complaint => $"{Setting} (environment: {Setting.Replace(":", "__", StringComparison.Ordinal)}) {Problem}.";

    public static string Describe(string setting, string problem, string remedy) => new SettingProblem(setting, problem, remedy).ToString();

    /// <summary>Takes apart what <see cref="ToString"/> wrote: the options of .NET hand on nothing but text.</summary>
    /// <returns>The remedy is empty where the text is not of this form.</returns>
    public static (string Complaint, string Remedy) Split(string text)
    {
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? (text, "") : (text[..(end + 1)], text[(end + 2)..]);
    }

    public override string ToString() => $"{Complaint} {Remedy}";
}

/// <summary>A setting turned out to be wrong where nothing could check it before: with what is in the store, or in a file.</summary>
internal sealed class SettingException(SettingProblem problem, Exception? innerException = null)
    : StartException(problem.ToString(), innerException)
{
    public SettingProblem Problem => problem;
}
