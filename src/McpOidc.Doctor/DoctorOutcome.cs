namespace McpOidc.Doctor;

/// <summary>The result of a check.</summary>
public enum DoctorOutcome
{
    /// <summary>No problem was found.</summary>
    Ok,

    /// <summary>It could not run, because something it depends on is wrong or missing.</summary>
    Skipped,

    /// <summary>It works, but something is missing or likely to cause problems; or the result is uncertain. The message says
    /// which.</summary>
    Warning,

    /// <summary>Users cannot sign in, or the server does not start.</summary>
    Problem,
}
