using McpOidc.Hosting;

namespace McpOidc.Configuration;

/// <summary>A problem with a setting, in a uniform format.</summary>
/// <param name="Setting">The name of the setting.</param>
/// <param name="Problem">What is wrong with it, as a predicate whose subject is the setting.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record SettingProblem(string Setting, string Problem, string Remedy)
{
    /// <summary>The setting, its name in the environment, and what is wrong.</summary>
    public string Complaint => $"{Setting} (environment: {Setting.Replace(":", "__", StringComparison.Ordinal)}) {Problem}.";

    public static string Describe(string setting, string problem, string remedy) => new SettingProblem(setting, problem, remedy).ToString();

    /// <summary>Parses the output of <see cref="ToString"/>, because .NET options report failures only as text.</summary>
    /// <returns>The remedy is empty if the text does not have this format.</returns>
    public static (string Complaint, string Remedy) Split(string text)
    {
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? (text, "") : (text[..(end + 1)], text[(end + 2)..]);
    }

    public override string ToString() => $"{Complaint} {Remedy}";
}

/// <summary>A setting that proved wrong only after validation, because of what is in the store or in a file.</summary>
internal sealed class SettingException(SettingProblem problem, Exception? innerException = null)
    : StartException(problem.ToString(), innerException)
{
    public SettingProblem Problem => problem;
}
