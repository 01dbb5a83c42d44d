namespace McpOidc.Doctor;

/// <summary>Creates the findings of one check.</summary>
/// <param name="Check">Its name.</param>
internal sealed record Finding(string Check)
{
    public DoctorFinding Ok(string message) => new(Check, DoctorOutcome.Ok, message);

    public DoctorFinding Skipped(string message) => new(Check, DoctorOutcome.Skipped, message);

    public DoctorFinding Warning(string message, string remedy) => new(Check, DoctorOutcome.Warning, message, remedy);

    public DoctorFinding Problem(string message, string remedy) => new(Check, DoctorOutcome.Problem, message, remedy);

    /// <summary>The names of a setting, in configuration and in the environment.</summary>
    public static string Setting(string setting) => $"{setting} (environment: {setting.Replace(":", "__", StringComparison.Ordinal)})";
}
