namespace McpOidc.Doctor;

/// <summary>One finding. Never contains a secret.</summary>
/// <param name="Check">The check, for instance <c>idp client</c>. <c>docs/doctor.md</c> lists the names.</param>
/// <param name="Outcome">The result.</param>
/// <param name="Message">What was found.</param>
/// <param name="Remedy">What to do, with the setting and its environment variable if there is one; <see langword="null"/> if nothing needs
/// to be done.</param>
public sealed record DoctorFinding(string Check, DoctorOutcome Outcome, string Message, string? Remedy = null);
