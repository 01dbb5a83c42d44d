namespace McpOidc.Configuration;

/// <summary>The one form of a complaint about a setting: which, under which name in the environment, what is wrong, and the mend.</summary>
internal static class SettingProblem
{
    public static string Describe(string setting, string problem, string mend)
        => $"{setting} (environment: {setting.Replace(":", "__", StringComparison.Ordinal)}) {problem}. {mend}";
}
