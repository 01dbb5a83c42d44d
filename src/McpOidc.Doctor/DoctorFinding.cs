namespace McpOidc.Doctor;

/// <summary>One finding. None holds a secret.</summary>
/// <param name="Check">What was looked at, for instance <c>idp client</c>. The names stand in <c>docs/doctor.md</c>.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="Message">What was found.</param>
/// <param name="Remedy">What to do, naming the setting and its environment variable where there is one; <see langword="null"/> where
/// nothing has to be done.</param>
public sealed record DoctorFinding(string Check, DoctorOutcome Outcome, string Message, string? Remedy = null);
